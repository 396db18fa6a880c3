-- Makes one bounded step of reconciling. Each step extends the reconciler's lease.
--
-- KEYS    as in fence.lua, KEYS[5] the outbox in preparation (list)
-- ARGV[1] the reconciler's token   ARGV[2] lease in microseconds
-- ARGV[3] 'add' or 'remove' (owners), 'take' or 'drop' (returned), 'append' (to the outbox in preparation), 'reset' (drop that), 'renew' (nothing else),
--         'release' (give up: end the lease, the coupon stays closed)
-- ARGV[4…] values, at most 1000
-- returns 1, or 0 if the coupon is no longer closed for this token
if redis.call('HGET', KEYS[1], 'reconciler') ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'lease', string.format('%.0f', tonumber(now_micros()) + tonumber(ARGV[2])))
if ARGV[3] == 'add' then
  redis.call('SADD', KEYS[2], unpack(ARGV, 4))
elseif ARGV[3] == 'remove' then
  redis.call('SREM', KEYS[2], unpack(ARGV, 4))
elseif ARGV[3] == 'take' then
  redis.call('SADD', KEYS[4], unpack(ARGV, 4))
elseif ARGV[3] == 'drop' then
  redis.call('SREM', KEYS[4], unpack(ARGV, 4))
elseif ARGV[3] == 'append' then
  redis.call('RPUSH', KEYS[5], unpack(ARGV, 4))
elseif ARGV[3] == 'reset' then
  redis.call('DEL', KEYS[5])
elseif ARGV[3] == 'release' then
  redis.call('HDEL', KEYS[1], 'reconciler', 'lease')
end
return 1
