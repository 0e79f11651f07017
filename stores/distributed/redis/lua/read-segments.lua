-- Some segments. KEYS head, segments by range; ARGV incarnation, generation, ranges. Answers "LOST", or bytes or nil of each.
if isLost(KEYS[1], ARGV[1], ARGV[2]) then return "LOST" end
return redis.call("HMGET", KEYS[2], unpack(ARGV, 3))
