-- One partition's fence in one shard. KEYS head, fences; ARGV incarnation, generation, partition. Answers "LOST" or the fence.
if isLost(KEYS[1], ARGV[1], ARGV[2]) then return "LOST" end
return redis.call("HGET", KEYS[2], ARGV[3]) or "0"
