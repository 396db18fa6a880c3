-- Makes one bounded step of reconciling. Each step extends the reconciler's lease.
--
-- KEYS    as in open.lua
-- ARGV[1] the reconciler's token   ARGV[2] lease in microseconds
-- ARGV[3] 'add' or 'remove' (owners), 'take' or 'drop' (returned), 'append' (to the outbox in preparation), 'wait' (serial and name in turn) or
--         'unwait' (waiting), 'log' (to the waitlog in preparation), 'reset' (drop both in preparation), 'renew' (nothing else),
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
  redis.call('DEL', KEYS[5], KEYS[8])
elseif ARGV[3] == 'wait' then
  redis.call('ZADD', KEYS[6], unpack(ARGV, 4))
elseif ARGV[3] == 'unwait' then
  redis.call('ZREM', KEYS[6], unpack(ARGV, 4))
elseif ARGV[3] == 'log' then
  redis.call('RPUSH', KEYS[8], unpack(ARGV, 4))
elseif ARGV[3] == 'release' then
  redis.call('HDEL', KEYS[1], 'reconciler', 'lease')
end
return 1
