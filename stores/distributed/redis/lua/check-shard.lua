-- Whether a shard still has what it was given. First part of every script that reads or changes models.
--
-- A shard's head holds the store's incarnation as `id`. What lost its data lost that, too; and a generation that was kept
-- when a lost shard was begun anew is marked there, since the shard has nothing of it.
local function isLost(head, id, generation)
  local held = redis.call("HMGET", head, "id", "lost:" .. generation)
  return held[1] ~= id or held[2]
end
