-- Reads state, terms, units left, outbox length.
--
-- KEYS    as in fence.lua
-- ARGV    none
-- returns {state} or {VERIFIED, amount, left, stock, description, outbox length, identity in the ledger, version of the terms,
--         positions, returned, epoch}, and for a coupon that uses features also
--         {…, starts, ends, when it was opened, when it was ended, '1' if it is paused, microseconds until the start, what a change under way holds,
--         '1' if it takes returns, until when}; '' for none; and for one that has a waitlist also {…, how many may wait, how many do, how many have ever joined, how many have left,
--         length of the waitlog}
local state, amount, left, _, positions, epoch, identity, owners, version, used, line = inspect(KEYS)
if state ~= VERIFIED then return {state} end
local terms = redis.call('HMGET', KEYS[1], 'stock', 'description')
local reply = {VERIFIED, amount, left, terms[1], terms[2], redis.call('LLEN', KEYS[3]), identity, version,
  positions, positions - owners, epoch}
if used then
  local _, _, _, rest = judge(used)
  for i = 3, 7 do reply[#reply + 1] = used[i] or '' end
  reply[#reply + 1] = rest and string.format('%.0f', rest) or ''
  for _, i in ipairs({9, 2, 10}) do reply[#reply + 1] = used[i] or '' end
  if line then
    for _, value in ipairs({used[11], line.waiting, line.joins, line.leaves, line.joins + line.leaves - line.base}) do reply[#reply + 1] = value end
  end
end
return reply
