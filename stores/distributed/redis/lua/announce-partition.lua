-- Gives a partition its fence in one shard before its first batch, so that a read says 0 of it and not nothing.
-- KEYS head, fences, names of keys; ARGV incarnation, generation, partition. Answers "OK" or "LOST".
if isLost(KEYS[1], ARGV[1], ARGV[2]) then return "LOST" end
redis.call("SADD", KEYS[3], KEYS[2])
redis.call("HSETNX", KEYS[2], ARGV[3], "0")
return "OK"
