-- Ends a claim: the store has its incarnation, and its first generation record, if one is given.
-- KEYS record; ARGV number of the claim, incarnation, token of the writer, version, record. Answers 1; 0 for a claim that
-- is no longer the latest, or where there is a record that another writer made.
if redis.call("HGET", KEYS[1], "token") == ARGV[3] then return 1 end
if redis.call("HGET", KEYS[1], "claim") ~= ARGV[1] then return 0 end
if redis.call("HEXISTS", KEYS[1], "version") == 1 then return 0 end
redis.call("HSET", KEYS[1], "id", ARGV[2], "token", ARGV[3])
if ARGV[4] then redis.call("HSET", KEYS[1], "version", ARGV[4], "record", ARGV[5]) end
return 1
