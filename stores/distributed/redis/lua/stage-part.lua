-- Lays down one part of an oversized batch; what is not picked up vanishes.
-- KEYS parts by number; ARGV number, bytes, how long it may lie (ms).
redis.call("HSET", KEYS[1], ARGV[1], ARGV[2])
redis.call("PEXPIRE", KEYS[1], ARGV[3])
return "OK"
