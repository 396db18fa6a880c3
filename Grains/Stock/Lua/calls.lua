-- Wraps every script, see ScriptText.cs: runs it for several coupons (or lists) in one call, which costs much less than a call each.
--
-- KEYS    the keys of the first run, of the second, …
-- ARGV    for each run: how many keys, how many arguments, the arguments
-- returns for each run what the script returns, or {FAILED, text} if it failed, which leaves the others alone
--
-- Inside the script, KEYS and ARGV are those of one run.
local unpack = unpack or table.unpack
local INCARNATION = '{{incarnation}}'
local FAILED = {{Failed}}
{{fence}}
local function run(KEYS, ARGV)
{{body}}
end

local replies, key, argument = {}, 0, 0
while argument < #ARGV do
  local keys, arguments, width, count = {}, {}, tonumber(ARGV[argument + 1]), tonumber(ARGV[argument + 2])
  for k = 1, width do keys[k] = KEYS[key + k] end
  for a = 1, count do arguments[a] = ARGV[argument + 2 + a] end
  key, argument = key + width, argument + 2 + count
  local ok, reply = pcall(run, keys, arguments)
  replies[#replies + 1] = ok and reply or {FAILED, type(reply) == 'table' and reply.err or tostring(reply)}
end
return replies
