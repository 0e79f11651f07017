-- Empties one shard and gives it an incarnation, unless a later claim was here. First part of settle-shard.lua, too.
--
-- KEYS  head, names of keys
-- ARGV  incarnation, number of the claim
local function begin(head, names, id, claim)
  for _, key in ipairs(redis.call("SMEMBERS", names)) do redis.call("UNLINK", key) end
  redis.call("UNLINK", names, head)
  redis.call("HSET", head, "id", id, "claim", claim)
end

local function isLater(head, claim)
  return tonumber(redis.call("HGET", head, "claim") or "0") > tonumber(claim)
end
