-- Applies one shard's part of a batch: all of it, with its fence, or nothing. Follows the check and both merges.
--
-- KEYS  head, fences of the generation, names of keys; for each entity its members, fields and bodies; last, where an
--       oversized payload was staged, its parts by number
-- ARGV  incarnation, generation, partition, to, the most bytes of a value in a record, how many entities there are, for each
--       a list of its fields: name, number, name, …; then from, how many parts are staged (0: none), payload
-- The payload holds, for each member: index of its entity (1), key length (4), key, record length (4), record.
-- Answers "OK", "LOST", or the fence that is not `from`. Whatever can fail comes before the first write: Redis does not undo.
--
-- What a record holds of a long value is its newest part only: grown too long, it is combined into the value's body, which
-- stands apart, so that not all of it is written again, to the log and to replicas, each time.
local combine = { combineGreatest, combineRecent, combineRegisters, combineWindow }
local MEMBER, FIELD, PADDING, CHUNK = ">BI4c0I4", ">I4I4I4", 4, 500
-- Numbers of sums, the others' operation, and beyond all numbers.
local ADD, CODE, NONE = 7 * 2 ^ 29, 2 ^ 29, 2 ^ 32
local GREATEST, RECENT, REGISTERS = 1, 2, 3
local inline, entities = tonumber(ARGV[5]), tonumber(ARGV[6])

-- Moves a value into its body, and gives what is left of it in the record.
local function spill(member, id, value, writes)
  local operation, field = floor(id / CODE), pack(">I4", id) .. member.key
  if operation == GREATEST then return value end
  local body = redis.call("HGET", member.bodies, field)
  local all = value
  if body then all = combine[operation](body, 1, #body, value, 1, #value) end
  if all then writes[#writes + 1] = { member.bodies, field, all } end
  if operation == REGISTERS then return "" end
  if operation == RECENT then return sub(value, 1, 4) .. "\0\0\0\0" end
  return sub(value, 1, 4)
end

-- The record that follows from `old` and the fields in `new` from `p` to `e`; nil if it is the same. A field begins with its
-- number and two words: the halves of a sum, or a length and whatever follows; the padding makes them safe to read.
local function merge(old, new, p, e, member, writes)
  local out, n, kept, q, stop = {}, 0, 1, 1, #old - PADDING
  local id, x, y = NONE, nil, nil
  if q <= stop then id, x, y = parse(FIELD, old, q) end
  while p <= e do
    local wanted, h, l = parse(FIELD, new, p)
    while id < wanted do
      if id >= ADD then q = q + 12 else q = q + 8 + x end
      if q <= stop then id, x, y = parse(FIELD, old, q) else id = NONE end
    end
    local size = 12
    if wanted < ADD then size = 8 + h end
    if id ~= wanted then
      out[n + 1], out[n + 2] = sub(old, kept, q - 1), sub(new, p, p + size - 1)
      n, kept = n + 2, q
    else
      if wanted >= ADD then
        out[n + 1], out[n + 2] = sub(old, kept, q + 3), addInt64(x, y, h, l)
        n, q = n + 2, q + 12
        kept = q
      else
        local value = combine[floor(id / CODE)](old, q + 8, x, new, p + 8, h)
        if value then
          if #value > inline then value = spill(member, id, value, writes) end
          if #value == x then
            out[n + 1], out[n + 2] = sub(old, kept, q + 7), value
            n = n + 2
          else
            out[n + 1], out[n + 2], out[n + 3] = sub(old, kept, q + 3), pack(">I4", #value), value
            n = n + 3
          end
          kept = q + 8 + x
        end
        q = q + 8 + x
      end
      if q <= stop then id, x, y = parse(FIELD, old, q) else id = NONE end
    end
    p = p + size
  end
  if n == 0 then return nil end
  out[n + 1] = sub(old, kept)
  return concat(out)
end

-- Splits the payload by entity: the members' keys, and where the fields of each begin and end.
local function readMembers(payload)
  local groups, p, stop = {}, 1, #payload
  while p <= stop do
    local entity, key, length, at = parse(MEMBER, payload, p)
    local group = groups[entity]
    if not group then
      group = { keys = {}, starts = {}, ends = {}, n = 0 }
      groups[entity] = group
    end
    local n = group.n + 1
    group.n, group.keys[n], group.starts[n], group.ends[n] = n, key, at, at + length - 1
    p = at + length
  end
  return groups
end

-- Member after member of one entity, in lists that fit into one call.
local function mergeGroup(place, bodies, group, payload, writes)
  local member = { bodies = bodies }
  local keys, starts, ends = group.keys, group.starts, group.ends
  for first = 1, group.n, CHUNK do
    local last = min(first + CHUNK - 1, group.n)
    local olds = redis.call("HMGET", place, unpack(keys, first, last))
    local changed, n = { place }, 1
    for i = first, last do
      local old, new = olds[i - first + 1], nil
      if not old then
        new = sub(payload, starts[i], ends[i])
      else
        member.key = keys[i]
        new = merge(old, payload, starts[i], ends[i] - PADDING, member, writes)
      end
      if new then
        changed[n + 1], changed[n + 2] = keys[i], new
        n = n + 2
      end
    end
    if n > 1 then writes[#writes + 1] = changed end
  end
end

-- A field keeps its number, and so its operation, as long as its generation lives. A list that was checked is kept, too.
local function checkFields(place, list, writes)
  if redis.call("HEXISTS", place, list) == 1 then return end
  local fields, names = cjson.decode(list), {}
  if #fields == 0 then return end
  for i = 1, #fields, 2 do names[#names + 1] = fields[i] end
  local known = redis.call("HMGET", place, unpack(names))
  for i = 1, #names do
    if known[i] and known[i] ~= fields[2 * i] then error("the field " .. names[i] .. " cannot have two operations", 0) end
  end
  writes[#writes + 1] = { place, list, "", unpack(fields) }
end

local id, generation, partition, to, from = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[7 + entities]
if isLost(KEYS[1], id, generation) then return "LOST" end
local fence = redis.call("HGET", KEYS[2], partition) or "0"
if fence ~= from then return fence end

local parts, payload = tonumber(ARGV[8 + entities]), ARGV[9 + entities]
if parts > 0 then
  local staged = {}
  for i = 1, parts do
    staged[i] = redis.call("HGET", KEYS[#KEYS], tostring(i)) or error("a staged part is gone", 0)
  end
  payload = concat(staged)
end
local writes, names = {}, { KEYS[3], KEYS[2] }
for entity, group in pairs(readMembers(payload)) do
  local members, fields, bodies = unpack(KEYS, 4 + entity * 3, 6 + entity * 3)
  checkFields(fields, ARGV[7 + entity], writes)
  mergeGroup(members, bodies, group, payload, writes)
  local n = #names
  names[n + 1], names[n + 2], names[n + 3] = members, fields, bodies
end

redis.call("SADD", unpack(names))
redis.call("HSET", KEYS[2], partition, to)
for i = 1, #writes do redis.call("HSET", unpack(writes[i])) end
if parts > 0 then redis.call("UNLINK", KEYS[#KEYS]) end
return "OK"
