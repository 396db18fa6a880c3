-- Decides a batch of claims for one coupon in the order given, all at once or not at all.
--
-- KEYS    as in fence.lua, the last two only for a coupon that has a waitlist; then the claimants' lists of coupons (sorted sets), one each;
--         or none, see StockServer.ScriptsWriteLists
-- ARGV    the claimants' user names, 1 to 512
-- returns {state}
--      or {VERIFIED, left afterwards, outbox position of the first winner, time in microseconds since 1970,
--          one character a claimant as one string ('0' + ClaimOutcome), epoch}, and for a coupon that uses features also
--         {…, version of the terms, the character that all hear who own nothing or '', microseconds until the start or '',
--          when it was opened or '', when it was ended or '', microseconds until the end or ''}, and for one that has a waitlist also
--         {…, {who was served, in the order of the outbox positions right before that of the first winner}, how many wait, how many have
--          ever joined, {the place in line of each claimant who waits}}
--
-- Set-wise: one SMISMEMBER, one HINCRBY, one SADD and one RPUSH a batch, whatever its size. Owners' lists are written here too, where
-- they can be: no claim is confirmed that no list shows, without a second round-trip. Those of earlier owners as well, whose claim may
-- have been made on a server or by a version where they could not.
-- The order of the writes matters on a server that can recover half a script: a unit is taken before it is owned, and owned before it
-- enters the outbox, so that a torn log can at worst leave a unit that reconciling gives back. The edges of a window are written first.
-- STOPPED is written in when the script is loaded: true in the copy that runs while operators have stopped the sale, and sells nothing.
-- An owner is always told so, and so is who has returned a unit; the others hear first of the window, then of a pause, then that they wait,
-- then that nothing is left. Those in line are served first, and while any wait, no claim wins.
local STOPPED = {{stopped}}
local state, _, left, base, positions, epoch, _, owners, version, used, line = inspect(KEYS)
if state ~= VERIFIED then return {state} end
local fenced = line and 6 or 4
-- The caller takes it for an earlier coupon of that name, which had a waitlist.
if #KEYS > 4 and not line and string.byte(KEYS[5]) == string.byte(KEYS[1]) then return {UNVERIFIED} end

local for_sale, refusal, further, served, waits, places = left, '{{SoldOut}}', nil, nil, nil, nil
if used or STOPPED then
  local refuses, opened, ended, rest
  if used then refuses, opened, ended, rest = see(KEYS, used) end
  local word = refuses or STOPPED and '{{Paused}}' or nil
  local before = used and quiet_word(used[8])
  if word or before then for_sale, refusal = 0, word or before end
  if line then
    served, places = {}, {}
    if not word and not before then served = serve(KEYS, line, left, positions - base) end
    left, positions, owners = left - #served, positions + #served, owners + #served
    if for_sale > 0 then for_sale = line.waiting == 0 and left or 0 end
    if not word and line.waiting > 0 then waits = redis.call('ZMSCORE', KEYS[5], unpack(ARGV)) end
  end
  -- No lease where units may be for sale at any moment, without the quiet after them: then the reply names no refusal.
  local lasting = not before and (refuses or left == 0 and word) or nil
  local ends = used and not ended and tonumber(used[4] or '')
  further = {version, lasting or (STOPPED or before) and '' or nil, rest and string.format('%.0f', rest) or '', opened or '', ended or '',
    ends and string.format('%.0f', ends - tonumber(now_micros())) or ''}
end

local owns = redis.call('SMISMEMBER', KEYS[2], unpack(ARGV))
local returned = positions > owners and redis.call('SMISMEMBER', KEYS[4], unpack(ARGV)) or nil
local outcomes, winners, seen = {}, {}, {}
for i = 1, #ARGV do
  local user = ARGV[i]
  if owns[i] == 1 or seen[user] then
    outcomes[i] = '{{AlreadyClaimed}}'
  elseif returned and returned[i] == 1 then
    outcomes[i] = '{{Returned}}'
  elseif #winners < for_sale then
    outcomes[i] = '{{Claimed}}'
    winners[#winners + 1] = user
    seen[user] = true
  elseif waits and waits[i] then
    outcomes[i] = '{{Waiting}}'
    places[#places + 1] = redis.call('ZRANK', KEYS[5], user) + 1
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
if #KEYS > fenced then
  local coupon = string.sub(KEYS[1], #'coupon:{' + 1, -2)
  for i = 1, #ARGV do
    if outcomes[i] == '{{Claimed}}' or outcomes[i] == '{{AlreadyClaimed}}' then redis.call('ZADD', KEYS[fenced + i], 'LT', micros, coupon) end
  end
end
-- Every claim passes the outbox exactly once, so the number of positions before is the first winner's.
if not further then return {VERIFIED, left, positions, micros, table.concat(outcomes), epoch} end
further[2] = further[2] or left == 0 and '{{SoldOut}}' or ''
if not line then return {VERIFIED, left, positions, micros, table.concat(outcomes), epoch, unpack(further, 1, 6)} end
further[7], further[8], further[9], further[10] = served, line.waiting, line.joins, places
return {VERIFIED, left, positions, micros, table.concat(outcomes), epoch, unpack(further, 1, 10)}
