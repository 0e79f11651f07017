-- Answers 1; 0 when a later claim was here.
if isLater(KEYS[1], ARGV[2]) then return 0 end
if redis.call("HGET", KEYS[1], "id") ~= ARGV[1] then begin(KEYS[1], KEYS[2], ARGV[1], ARGV[2]) end
return 1
