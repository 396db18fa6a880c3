-- Takes customers out of the line for a coupon, all at once or not at all.
--
-- KEYS    as in fence.lua
-- ARGV    user names, 1 to 512
-- returns {state} or {VERIFIED, epoch, time in microseconds since 1970, one character a customer as one string ('0' + WaitOutcome), {the serial
--         of each, 0 for who did not wait}, position of the first entry in the waitlog, how many claims have ever entered the outbox}
--
-- Who does not wait has left already. Out of the line comes last: a torn log breaks an equation, or has all.
local state, _, _, _, positions, epoch, _, _, _, _, line = inspect(KEYS)
if state ~= VERIFIED then return {state} end
local outcomes, serials, left, entries, micros = {}, {}, {}, {}, now_micros()
local owns, waits = redis.call('SMISMEMBER', KEYS[2], unpack(ARGV)), line and redis.call('ZMSCORE', KEYS[5], unpack(ARGV)) or {}
local seen = {}
for i = 1, #ARGV do
  local user = ARGV[i]
  outcomes[i], serials[i] = owns[i] == 1 and '{{Wait.AlreadyClaimed}}' or not line and '{{Wait.NoWaitlist}}' or '{{Wait.Left}}', 0
  if waits[i] and not seen[user] then
    seen[user], serials[i] = true, tonumber(waits[i])
    left[#left + 1] = user
    entries[#left] = '-' .. micros .. ':' .. string.format('%.0f', serials[i]) .. ':' .. user
  end
end
if #left > 0 then
  local fields = {'leaves', string.format('%.0f', line.leaves + #left)}
  -- The place is not given before the last lease to refuse joins has ended: no one who waits may meet one.
  if line.waiting >= line.most then fields[3], fields[4] = 'room', quiet('{{Wait.Full}}') end
  redis.call('HSET', KEYS[1], unpack(fields))
  redis.call('RPUSH', KEYS[6], unpack(entries))
  redis.call('ZREM', KEYS[5], unpack(left))
end
return {VERIFIED, epoch, micros, table.concat(outcomes), serials, line and line.joins + line.leaves or 0, positions}
