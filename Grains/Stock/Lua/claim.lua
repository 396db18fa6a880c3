-- Decides a batch of claims for one coupon in the order given, all at once or not at all.
--
-- KEYS    as in fence.lua, then the claimants' lists of coupons (sorted sets), one each; or none, see StockServer.ScriptsWriteLists
-- ARGV    the claimants' user names, 1 to 512
-- returns {state}
--      or {VERIFIED, left afterwards, outbox position of the first winner, time in microseconds since 1970,
--          one character a claimant as one string ('0' + ClaimOutcome), epoch}, and for a coupon that uses features also
--         {…, version of the terms, the character that all hear who own nothing or '', microseconds until the start or '',
--          when it was opened or '', when it was ended or '', microseconds until the end or ''}
--
-- Set-wise: one SMISMEMBER, one HINCRBY, one SADD and one RPUSH a batch, whatever its size. Owners' lists are written here too, where
-- they can be: no claim is confirmed that no list shows, without a second round-trip. Those of earlier owners as well, whose claim may
-- have been made on a server or by a version where they could not.
-- The order of the writes matters on a server that can recover half a script: a unit is taken before it is owned, and owned before it
-- enters the outbox, so that a torn log can at worst leave a unit that reconciling gives back. The edges of a window are written first.
-- STOPPED is written in when the script is loaded: true in the copy that runs while operators have stopped the sale, and sells nothing.
-- An owner is always told so; the others hear first of the window, then of a pause, then that nothing is left.
local STOPPED = {{stopped}}
local state, _, left, _, positions, epoch, _, _, version, used = inspect(KEYS)
if state ~= VERIFIED then return {state} end

local for_sale, refusal, further = left, '{{SoldOut}}', nil
if used or STOPPED then
  local refuses, opened, ended, rest
  if used then refuses, opened, ended, rest = see(KEYS, used) end
  local word = refuses or STOPPED and '{{Paused}}' or nil
  local before = used and quiet_word(used[8])
  if word or before then for_sale, refusal = 0, word or before end
  -- No lease where units may be for sale at any moment, without the quiet after them: then the reply names no refusal.
  local lasting = not before and (refuses or left == 0 and word) or nil
  local ends = used and not ended and tonumber(used[4] or '')
  further = {version, lasting or (STOPPED or before) and '' or nil, rest and string.format('%.0f', rest) or '', opened or '', ended or '',
    ends and string.format('%.0f', ends - tonumber(now_micros())) or ''}
end

local owns = redis.call('SMISMEMBER', KEYS[2], unpack(ARGV))
local outcomes, winners, seen = {}, {}, {}
for i = 1, #ARGV do
  local user = ARGV[i]
  if owns[i] == 1 or seen[user] then
    outcomes[i] = '{{AlreadyClaimed}}'
  elseif #winners < for_sale then
    outcomes[i] = '{{Claimed}}'
    winners[#winners + 1] = user
    seen[user] = true
  else
    outcomes[i] = refusal
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
if not further then return {VERIFIED, left, positions, micros, table.concat(outcomes), epoch} end
further[2] = further[2] or left == 0 and '{{SoldOut}}' or ''
return {VERIFIED, left, positions, micros, table.concat(outcomes), epoch, unpack(further, 1, 6)}
