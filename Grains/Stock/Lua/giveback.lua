-- Gives back the units of owners whose return the ledger has. Safe to repeat.
--
-- KEYS    as in fence.lua
-- ARGV[1] identity   ARGV[2] epoch   ARGV[3…] the owners' user names, 1 to 512
-- returns {state} or {VERIFIED, left afterwards, how many have returned a unit by now, one character a name as one string:
--         '1' given back now, '2' given back before, '0' for a name that neither owns nor has returned a unit}
--
-- In this order a server that recovers half of it has counts that do not agree, and the rebuild reads from the ledger who has returned: a
-- name joins the returned before it leaves the owners, and the unit comes back last.
local state, _, left, _, positions, epoch, identity, owners, _, used = inspect(KEYS)
if state ~= VERIFIED then return {state} end
if identity ~= ARGV[1] or epoch ~= ARGV[2] or not used or used[2] ~= '1' then return {UNVERIFIED} end

local names = {unpack(ARGV, 3)}
local owns, had = redis.call('SMISMEMBER', KEYS[2], unpack(names)), redis.call('SMISMEMBER', KEYS[4], unpack(names))
local results, back, seen = {}, {}, {}
for i = 1, #names do
  local is_owner = owns[i] == 1 and not seen[names[i]]
  if is_owner then back[#back + 1], seen[names[i]] = names[i], true end
  results[i] = is_owner and '1' or (had[i] == 1 or seen[names[i]]) and '2' or '0'
end
if #back > 0 then
  redis.call('SADD', KEYS[4], unpack(back))
  redis.call('SREM', KEYS[2], unpack(back))
  local fields = {'left', string.format('%.0f', left + #back)}
  -- Not sold until the last lease to refuse of before has ended (claim.lua): no owner may meet one.
  if left == 0 then fields[3], fields[4] = 'from', quiet('{{SoldOut}}') end
  redis.call('HSET', KEYS[1], unpack(fields))
end
return {VERIFIED, string.format('%.0f', left + #back), string.format('%.0f', positions - owners + #back), table.concat(results)}
