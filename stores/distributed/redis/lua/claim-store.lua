-- Claims the right to begin the store anew: the highest number wins. KEYS record; ARGV the highest claim that a shard knows.
-- Answers the claim's number; nil where there is a record.
if redis.call("HEXISTS", KEYS[1], "version") == 1 then return false end
local claim = math.max(tonumber(redis.call("HGET", KEYS[1], "claim") or "0"), tonumber(ARGV[1])) + 1
redis.call("HSET", KEYS[1], "claim", claim)
return claim
