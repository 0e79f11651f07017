-- Replaces the generation record at the version that was read. The token tells a writer's repeated call from another's.
-- KEYS record; ARGV expected version, token of the writer, version, record.
-- Answers nil where it is another version; else incarnation, its claim, and the record before.
local held = redis.call("HMGET", KEYS[1], "version", "token", "id", "claim", "record", "before")
if held[2] == ARGV[2] then return { held[3], held[4], held[6] } end
if held[1] ~= ARGV[1] then return false end
redis.call("HSET", KEYS[1], "version", ARGV[3], "record", ARGV[4], "token", ARGV[2], "before", held[5])
return { held[3], held[4], held[5] }
