-- Ends reconciling: puts the prepared outbox in place and opens the coupon for sale under this incarnation.
--
-- KEYS    as in fence.lua without the last two; KEYS[5] the outbox in preparation (list), KEYS[6] waiting, KEYS[7] waitlog, KEYS[8] the waitlog in
--         preparation (list)
-- ARGV[1] the reconciler's token, or '' to open a coupon that was just created
-- ARGV[2] id   ARGV[3] identity   ARGV[4] epoch   ARGV[5] amount   ARGV[6] base   ARGV[7] stock   ARGV[8] description
-- ARGV[9] how many owners there must be   ARGV[10] how many entries the prepared outbox must have   ARGV[11] how many returned
-- ARGV[12] version of the terms   ARGV[13…] names and values of further terms; none for a coupon that uses nothing
-- returns 1; 0 if the coupon is not closed for this token (or anything of it exists, for a new one) or the counts differ;
--         2 if a later version of the terms was stopped at (floor, see apply.lua): they must be read again
--
-- What a change under way had set aside (held) is dropped: only Redis counted it. Latches that the ledger may not have yet are kept, unless
-- it has moved their edge to later, or to another time that is still to come.
local reconciler = redis.call('HGET', KEYS[1], 'reconciler')
if ARGV[1] == '' then
  if redis.call('EXISTS', KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[6], KEYS[7]) > 0 then return 0 end
elseif reconciler ~= ARGV[1] then
  return 0
end
local terms = {}
for i = 13, #ARGV, 2 do terms[ARGV[i]] = ARGV[i + 1] end
local waits, logged = terms.waitlist and redis.call('ZCARD', KEYS[6]) or 0, terms.waitlist and redis.call('LLEN', KEYS[8]) or 0
local joins, leaves = tonumber(terms.joins or '0'), tonumber(terms.leaves or '0')
if waits ~= joins - leaves - tonumber(terms.served or '0') or tonumber(terms.waitbase or '0') + logged ~= joins + leaves then return 0 end
local owners, length, returned = tonumber(ARGV[9]), tonumber(ARGV[10]), tonumber(ARGV[11])
if redis.call('SCARD', KEYS[2]) ~= owners or redis.call('SCARD', KEYS[4]) ~= returned or redis.call('LLEN', KEYS[5]) ~= length then return 0 end
if is_below_floor(KEYS, ARGV[3], ARGV[12]) then return 2 end
redis.call('DEL', KEYS[3])
if length > 0 then redis.call('RENAME', KEYS[5], KEYS[3]) end
redis.call('DEL', KEYS[7])
if logged > 0 then redis.call('RENAME', KEYS[8], KEYS[7]) end
if not terms.waitlist then redis.call('DEL', KEYS[6], KEYS[8]) end
local was = redis.call('HMGET', KEYS[1], 'identity', 'starts', 'opened', 'ends', 'ended', 'version', 'from')
redis.call('HDEL', KEYS[1], 'reconciler', 'lease', 'held', 'version', 'returns', 'until', 'waitlist', 'redeem', 'starts', 'ends', 'opened', 'ended', 'paused',
  'from', 'hold', 'joins', 'leaves', 'served', 'waitbase', 'serial')
local fields = {'id', ARGV[2], 'identity', ARGV[3], 'epoch', ARGV[4], 'amount', ARGV[5], 'base', ARGV[6], 'stock', ARGV[7],
  'description', ARGV[8], 'left', string.format('%.0f', tonumber(ARGV[5]) - owners), 'incarnation', INCARNATION}
local function set(field, value) fields[#fields + 1], fields[#fields + 2] = field, value end
local uses = ARGV[12] ~= '0' or was[1] == ARGV[3] and given(was[6])
if uses or returned > 0 then set('version', ARGV[12]) end
if returned > 0 then set('returns', '1') end
local function keep(latch, value, edge, before)
  if was[1] ~= ARGV[3] or terms[latch] or not (terms[edge] and given(value) and given(before)) then return end
  if not is_moved(before, terms[edge]) then terms[latch] = value end
end
keep('opened', was[3], 'starts', was[2])
keep('ended', was[5], 'ends', was[4])
for field, value in pairs(terms) do set(field, value) end
-- Units may have come back, and leases of before it was closed still hold.
if ARGV[1] ~= '' and uses then set('from', quiet(quiet_word(was[7]) or '{{Undecided}}')) end
redis.call('HSET', KEYS[1], unpack(fields))
return 1
