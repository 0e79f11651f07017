-- The ranges of the segments that end above an offset.
-- KEYS head, ranges by end; ARGV incarnation, generation, lower bound. Answers "LOST" or the ranges.
if isLost(KEYS[1], ARGV[1], ARGV[2]) then return "LOST" end
return redis.call("ZRANGEBYSCORE", KEYS[2], ARGV[3], "+inf")
