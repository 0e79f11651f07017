-- One step through the keys of an entity's members in one shard.
-- KEYS head, members; ARGV incarnation, generation, cursor, about how many. Answers "LOST", or the next cursor and the keys.
if isLost(KEYS[1], ARGV[1], ARGV[2]) then return "LOST" end
local step = redis.call("HSCAN", KEYS[2], ARGV[3], "COUNT", ARGV[4])
local keys = {}
for i = 1, #step[2], 2 do keys[#keys + 1] = step[2][i] end
return { step[1], keys }
