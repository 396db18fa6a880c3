-- Puts customers in line for a coupon, in the order given, all at once or not at all.
--
-- KEYS    as in fence.lua
-- ARGV    user names, 1 to 512
-- returns {state} or {VERIFIED, epoch, time in microseconds since 1970, one character a customer as one string ('0' + WaitOutcome),
--         {the place in line of each, 0 for who does not wait}, {the serial of each, likewise}, how many wait, how many had ever joined before,
--         position of the first entry in the waitlog, how many claims have ever entered the outbox, '1' if all who are not known hear that the
--         line is full, and may hear it from a lease, else '', version of the terms, when it was opened or '', when it was ended or ''}
--
-- Set-wise as claim.lua. Serves nobody: claims and the relay do. In line counts the serial, not the time.
-- While SQL takes nothing, the log holds what two lines and some more make of it; from then on none is put in line.
-- The counters come first, the log last: a torn log breaks an equation, or has all.
local state, _, left, _, positions, epoch, _, _, version, used, line = inspect(KEYS)
if state ~= VERIFIED then return {state} end
local outcomes, places, serials = {}, {}, {}
if not line then
  for i = 1, #ARGV do outcomes[i], places[i], serials[i] = '{{Wait.NoWaitlist}}', 0, 0 end
  return {VERIFIED, epoch, now_micros(), table.concat(outcomes), places, serials, 0, 0, 0, positions, '', version, '', ''}
end

local refuses, opened, ended = see(KEYS, used)
local word = quiet_word(used[8])
local refusal
if refuses == '{{Ended}}' then
  refusal = '{{Wait.Ended}}'
elseif refuses == '{{NotStarted}}' then
  refusal = '{{Wait.NotSoldOut}}'
elseif left > 0 and line.waiting == 0 and word ~= '{{SoldOut}}' then
  -- After a rebuild it is not said yet whether units are for sale.
  refusal = word == '{{Undecided}}' and '{{Wait.Undecided}}' or '{{Wait.NotSoldOut}}'
elseif line.joins + line.leaves - line.base > 2 * line.most + 10000 then
  refusal = '{{Wait.Undecided}}'
end

local owns, waits = redis.call('SMISMEMBER', KEYS[2], unpack(ARGV)), redis.call('ZMSCORE', KEYS[5], unpack(ARGV))
local gave = used[2] == '1' and redis.call('SMISMEMBER', KEYS[4], unpack(ARGV)) or {}
local has_room, joined, seen = not quiet_word(line.room), {}, {}
for i = 1, #ARGV do
  local user, place, serial = ARGV[i], 0, 0
  if owns[i] == 1 then
    outcomes[i] = '{{Wait.AlreadyClaimed}}'
  elseif gave[i] == 1 then
    outcomes[i] = '{{Wait.Returned}}'
  elseif waits[i] or seen[user] then
    outcomes[i], serial = '{{Wait.Waiting}}', tonumber(waits[i] or serials[seen[user]])
    place = seen[user] and places[seen[user]] or redis.call('ZRANK', KEYS[5], user) + 1
  elseif refusal then
    outcomes[i] = refusal
  elseif not has_room or line.waiting + #joined >= line.most then
    outcomes[i] = '{{Wait.Full}}'
  else
    joined[#joined + 1] = user
    place, serial = line.waiting + #joined, line.serial + #joined
    outcomes[i], seen[user] = '{{Wait.Joined}}', i
  end
  places[i], serials[i] = place, serial
end

local micros = now_micros()
if #joined > 0 then
  local members, entries = {}, {}
  for i = 1, #joined do
    local serial = string.format('%.0f', line.serial + i)
    members[2 * i - 1], members[2 * i] = serial, joined[i]
    entries[i] = '+' .. micros .. ':' .. serial .. ':' .. joined[i]
  end
  redis.call('HSET', KEYS[1], 'joins', string.format('%.0f', line.joins + #joined), 'serial', string.format('%.0f', line.serial + #joined))
  redis.call('ZADD', KEYS[5], unpack(members))
  redis.call('RPUSH', KEYS[6], unpack(entries))
end
-- No lease where units or places are free, for they may be had before it ends.
local is_full = has_room and not refusal and left == 0 and line.waiting + #joined >= line.most
return {VERIFIED, epoch, micros, table.concat(outcomes), places, serials, line.waiting + #joined, line.joins, line.joins + line.leaves, positions,
  is_full and '1' or '', version, opened or '', ended or ''}
