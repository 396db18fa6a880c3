-- Declares a user's list of coupons complete under this incarnation, after all that the ledger knows was added, and reads a page.
--
-- KEYS[1] the list
-- ARGV[1] index of the first   ARGV[2] how many
-- ARGV[3…] coupon keys that the list must have: unpersisted claims, which the ledger may not have yet
-- returns {UNVERIFIED} if one of those is missing, and declares nothing; else as list.lua
for i = 3, #ARGV do
  if not redis.call('ZSCORE', KEYS[1], ARGV[i]) then return {{{Unverified}}} end
end
redis.call('ZREMRANGEBYSCORE', KEYS[1], -1, -1)
redis.call('ZADD', KEYS[1], -1, '!' .. INCARNATION)
return {{{Verified}}, unpack(redis.call('ZRANGEBYSCORE', KEYS[1], '0', '+inf', 'LIMIT', ARGV[1], ARGV[2]))}
