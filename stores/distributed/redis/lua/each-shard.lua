-- Runs `onShard(KEYS, ARGV)`, which stands before this, for several shards of one server: one command in place of many.
-- What fails for one shard is its answer; the others go on.
--
-- ARGV  how many keys a shard has, their names without the tag; how many arguments all shards have, these; of each shard its
--       tag, how many arguments it has besides, these
local at = 1
local function takeList()
  local list, count = {}, tonumber(ARGV[at])
  for i = 1, count do list[i] = ARGV[at + i] end
  at = at + count + 1
  return list
end

local names, shared, answers = takeList(), takeList(), {}
local last = #ARGV
while at <= last do
  local tag, keys, args = ARGV[at], {}, {}
  at = at + 1
  for i = 1, #names do keys[i] = tag .. names[i] end
  for i = 1, #shared do args[i] = shared[i] end
  for _, own in ipairs(takeList()) do args[#args + 1] = own end
  local done, answer = pcall(onShard, keys, args)
  if not done then answer = { err = type(answer) == "table" and answer.err or tostring(answer) } end
  answers[#answers + 1] = answer
end
return answers
