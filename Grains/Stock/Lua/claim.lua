-- Decides a batch of claims for one coupon in the order given, all at once or not at all.
--
-- KEYS    as in fence.lua, then the claimants' lists of coupons (sorted sets), one each; or none, see StockServer.ScriptsWriteLists
-- ARGV    the claimants' user names, 1 to 512
-- returns {state}
--      or {VERIFIED, left afterwards, outbox position of the first winner, time in microseconds since 1970,
--          one character a claimant as one string ('0' + ClaimOutcome), epoch}
--
-- Set-wise: one SMISMEMBER, one HINCRBY, one SADD and one RPUSH a batch, whatever its size. Owners' lists are written here too, where
-- they can be: no claim is confirmed that no list shows, without a second round-trip. Those of earlier owners as well, whose claim may
-- have been made on a server or by a version where they could not.
-- The order of the writes matters on a server that can recover half a script: a unit is taken before it is owned, and owned before it
-- enters the outbox, so that a torn log can at worst leave a unit that reconciling gives back.
local state, _, left, _, positions, epoch = inspect(KEYS)
if state ~= VERIFIED then return {state} end

local owns = redis.call('SMISMEMBER', KEYS[2], unpack(ARGV))
local outcomes, winners, seen = {}, {}, {}
for i = 1, #ARGV do
  local user = ARGV[i]
  if owns[i] == 1 or seen[user] then
    outcomes[i] = '{{AlreadyClaimed}}'
  elseif #winners < left then
    outcomes[i] = '{{Claimed}}'
    winners[#winners + 1] = user
    seen[user] = true
  else
    outcomes[i] = '{{SoldOut}}'
  end
end

local micros = now_micros()
if #winners > 0 then
  local entries = {}
  for i = 1, #winners do entries[i] = micros .. ':' .. winners[i] end
  left = redis.call('HINCRBY', KEYS[1], 'left', -#winners)
  redis.call('SADD', KEYS[2], unpack(winners))
  redis.call('RPUSH', KEYS[3], unpack(entries))
end
if #KEYS > 4 then
  local coupon = string.sub(KEYS[1], #'coupon:{' + 1, -2)
  for i = 1, #ARGV do
    if outcomes[i] == '{{Claimed}}' or outcomes[i] == '{{AlreadyClaimed}}' then redis.call('ZADD', KEYS[4 + i], 'LT', micros, coupon) end
  end
end
-- Every claim passes the outbox exactly once, so the number of positions before is the first winner's.
return {VERIFIED, left, positions, micros, table.concat(outcomes), epoch}
