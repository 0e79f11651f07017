-- Brings one shard in line with a new generation record. What lost its data is begun anew, without the generations that
-- were there before; of the others, those that are no longer kept are dropped.
--
-- KEYS  head, names of keys
-- ARGV  incarnation, number of its claim, how many generations are kept, these, then those of them that are not new
if isLater(KEYS[1], ARGV[2]) then return 0 end
local kept, count = {}, tonumber(ARGV[3])
for i = 4, 3 + count do kept[ARGV[i]] = true end
if redis.call("HGET", KEYS[1], "id") ~= ARGV[1] then
  begin(KEYS[1], KEYS[2], ARGV[1], ARGV[2])
  for i = 4 + count, #ARGV do redis.call("HSET", KEYS[1], "lost:" .. ARGV[i], "1") end
  return 1
end
for _, key in ipairs(redis.call("SMEMBERS", KEYS[2])) do
  if not kept[string.match(key, "^{[^}]*}:(%d+):")] then
    redis.call("UNLINK", key)
    redis.call("SREM", KEYS[2], key)
  end
end
for _, field in ipairs(redis.call("HKEYS", KEYS[1])) do
  local generation = string.match(field, "^lost:(%d+)$")
  if generation and not kept[generation] then redis.call("HDEL", KEYS[1], field) end
end
return 1
