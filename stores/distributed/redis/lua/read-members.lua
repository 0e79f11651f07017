-- Reads members of one entity in one shard, with the shard's fences.
--
-- KEYS  head, fences of the generation, members, fields and bodies of the entity
-- ARGV  incarnation, generation, how many fields (-1: all), the hashes of their names, then the members' keys
-- Answers "LOST", or: fences (partition, fence, …), the numbers of all fields (name, number, …) unless some were asked for,
-- of each key its record or nil, and the bodies (place of the record from 0, number, body, …).
local parse, pack, sub, concat, min = struct.unpack, struct.pack, string.sub, table.concat, math.min
local PADDING, HASHES, ADD, LONG, CHUNK = 4, 2 ^ 29, 7 * 2 ^ 29, 2 * 2 ^ 29, 500

local bodies = {}

-- What the bodies hold of a member's long values.
local function readBodies(place, key, ids)
  local fields = {}
  for i = 1, #ids do fields[i] = pack(">I4", ids[i]) .. key end
  local found = redis.call("HMGET", KEYS[5], unpack(fields))
  for i = 1, #ids do
    if found[i] then
      local n = #bodies
      bodies[n + 1], bodies[n + 2], bodies[n + 3] = place, tostring(ids[i]), found[i]
    end
  end
end

-- The fields that are wanted, all for nil, and the numbers of those that may have bodies.
local function cutOut(record, wanted)
  local out, ids, q, stop = {}, {}, 1, #record - PADDING
  while q <= stop do
    local id, length = parse(">I4I4", record, q)
    local e = q + 12
    if id < ADD then e = q + 8 + length end
    if not wanted or wanted[id % HASHES] then
      out[#out + 1] = sub(record, q, e - 1)
      if id >= LONG and id < ADD then ids[#ids + 1] = id end
    end
    q = e
  end
  if not wanted then return record, ids end
  out[#out + 1] = sub(record, -PADDING)
  return concat(out), ids
end

if isLost(KEYS[1], ARGV[1], ARGV[2]) then return "LOST" end
local count, first, wanted, names = tonumber(ARGV[3]), 4, nil, {}
if count < 0 then
  names = redis.call("HGETALL", KEYS[4])
else
  wanted, first = {}, 4 + count
  for i = 4, first - 1 do wanted[tonumber(ARGV[i])] = true end
end
local records = {}
for i = first, #ARGV, CHUNK do
  local found = redis.call("HMGET", KEYS[3], unpack(ARGV, i, min(i + CHUNK - 1, #ARGV)))
  for k = 1, #found do
    local record, ids = found[k], nil
    if record then
      record, ids = cutOut(record, wanted)
      if #ids > 0 then readBodies(#records, ARGV[i + k - 1], ids) end
    end
    records[#records + 1] = record
  end
end
return { redis.call("HGETALL", KEYS[2]), names, records, bodies }
