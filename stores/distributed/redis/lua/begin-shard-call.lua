-- Begins one shard, without the generations that were there before: they are marked as lost. Answers 1; 0 when a later
-- claim was here.
--
-- ARGV  incarnation, number of the claim, then the generations that are lost
if isLater(KEYS[1], ARGV[2]) then return 0 end
if redis.call("HGET", KEYS[1], "id") ~= ARGV[1] then
  begin(KEYS[1], KEYS[2], ARGV[1], ARGV[2])
  for i = 3, #ARGV do redis.call("HSET", KEYS[1], "lost:" .. ARGV[i], "1") end
end
return 1
