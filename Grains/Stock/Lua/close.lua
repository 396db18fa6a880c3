-- Closes a coupon for reconciling: no claim and no relay of it succeeds until open.lua. Creates the hash if it is missing.
--
-- KEYS    as in fence.lua
-- ARGV[1] the reconciler's token   ARGV[2] lease in microseconds, at most a minute
-- returns {1 if closed for this token, 0 if another reconciler's lease is alive; the epoch the coupon was in, or -1}
local f = redis.call('HMGET', KEYS[1], 'incarnation', 'lease', 'epoch')
local epoch = string.format('%.0f', tonumber(f[3] or '') or -1)
if is_alive(f[1], f[2]) then return {0, epoch} end
redis.call('HSET', KEYS[1], 'incarnation', CLOSED_UNDER, 'reconciler', ARGV[1],
  'lease', string.format('%.0f', tonumber(now_micros()) + tonumber(ARGV[2])))
return {1, epoch}
