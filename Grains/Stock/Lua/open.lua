-- Ends reconciling: puts the prepared outbox in place and opens the coupon for sale under this incarnation.
--
-- KEYS    as in fence.lua, KEYS[5] the outbox in preparation (list)
-- ARGV[1] the reconciler's token, or '' to open a coupon that was just created
-- ARGV[2] id   ARGV[3] identity   ARGV[4] epoch   ARGV[5] amount   ARGV[6] base   ARGV[7] stock   ARGV[8] description
-- ARGV[9] how many owners there must be   ARGV[10] how many entries the prepared outbox must have   ARGV[11] how many returned
-- ARGV[12] version of the terms
-- returns 1; 0 if the coupon is not closed for this token (or anything of it exists, for a new one) or the counts differ;
--         2 if a later version of the terms was stopped at (floor, see apply.lua): they must be read again
--
-- What a change under way had set aside (held) is dropped: only Redis counted it.
local reconciler = redis.call('HGET', KEYS[1], 'reconciler')
if ARGV[1] == '' then
  if redis.call('EXISTS', KEYS[1], KEYS[2], KEYS[3], KEYS[4]) > 0 then return 0 end
elseif reconciler ~= ARGV[1] then
  return 0
end
local owners, length, returned = tonumber(ARGV[9]), tonumber(ARGV[10]), tonumber(ARGV[11])
if redis.call('SCARD', KEYS[2]) ~= owners or redis.call('SCARD', KEYS[4]) ~= returned or redis.call('LLEN', KEYS[5]) ~= length then return 0 end
if is_below_floor(KEYS, ARGV[3], ARGV[12]) then return 2 end
redis.call('DEL', KEYS[3])
if length > 0 then redis.call('RENAME', KEYS[5], KEYS[3]) end
redis.call('HDEL', KEYS[1], 'reconciler', 'lease', 'held', 'version', 'returns')
local fields = {'id', ARGV[2], 'identity', ARGV[3], 'epoch', ARGV[4], 'amount', ARGV[5], 'base', ARGV[6], 'stock', ARGV[7],
  'description', ARGV[8], 'left', string.format('%.0f', tonumber(ARGV[5]) - owners), 'incarnation', INCARNATION}
local function set(field, value) fields[#fields + 1], fields[#fields + 2] = field, value end
if ARGV[12] ~= '0' or returned > 0 then set('version', ARGV[12]) end
if returned > 0 then set('returns', '1') end
redis.call('HSET', KEYS[1], unpack(fields))
return 1
