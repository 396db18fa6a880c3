-- Ends reconciling: puts the prepared outbox in place and opens the coupon for sale under this incarnation.
--
-- KEYS    as in fence.lua, KEYS[4] the outbox in preparation (list)
-- ARGV[1] the reconciler's token, or '' to open a coupon that was just created
-- ARGV[2] id   ARGV[3] identity   ARGV[4] epoch   ARGV[5] amount   ARGV[6] base   ARGV[7] stock   ARGV[8] description
-- ARGV[9] how many owners there must be   ARGV[10] how many entries the prepared outbox must have
-- returns 1, or 0 if the coupon is not closed for this token (or anything of it exists, for a new one) or the counts differ
local reconciler = redis.call('HGET', KEYS[1], 'reconciler')
if ARGV[1] == '' then
  if redis.call('EXISTS', KEYS[1], KEYS[2], KEYS[3]) > 0 then return 0 end
elseif reconciler ~= ARGV[1] then
  return 0
end
local owners, length = tonumber(ARGV[9]), tonumber(ARGV[10])
if redis.call('SCARD', KEYS[2]) ~= owners or redis.call('LLEN', KEYS[4]) ~= length then return 0 end
redis.call('DEL', KEYS[3])
if length > 0 then redis.call('RENAME', KEYS[4], KEYS[3]) end
redis.call('HDEL', KEYS[1], 'reconciler', 'lease')
redis.call('HSET', KEYS[1], 'id', ARGV[2], 'identity', ARGV[3], 'epoch', ARGV[4], 'amount', ARGV[5], 'base', ARGV[6],
  'stock', ARGV[7], 'description', ARGV[8],
  'left', string.format('%.0f', tonumber(ARGV[5]) - owners), 'incarnation', INCARNATION)
return 1
