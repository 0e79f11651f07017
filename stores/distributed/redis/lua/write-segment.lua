-- Keeps one dedupe segment, and drops those that end at or below what is still needed.
-- KEYS head, segments by range, ranges by end, names of keys
-- ARGV incarnation, generation, range, end, needed above, bytes. Answers "OK" or "LOST".
if isLost(KEYS[1], ARGV[1], ARGV[2]) then return "LOST" end
redis.call("SADD", KEYS[4], KEYS[2], KEYS[3])
for _, range in ipairs(redis.call("ZRANGEBYSCORE", KEYS[3], "-inf", ARGV[5])) do
  redis.call("HDEL", KEYS[2], range)
  redis.call("ZREM", KEYS[3], range)
end
redis.call("HSET", KEYS[2], ARGV[3], ARGV[6])
redis.call("ZADD", KEYS[3], ARGV[4], ARGV[3])
return "OK"
