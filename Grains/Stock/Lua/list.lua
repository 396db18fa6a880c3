-- Reads a page of a user's list of coupons.
--
-- KEYS[1] the list (sorted set: coupon keys by creation or claim, one member with score -1, the mark that it is complete, and with
--         score -2 coupons whose unit the user has given back)
-- ARGV[1] index of the first   ARGV[2] how many
-- returns {UNVERIFIED} if the list was not verified under this incarnation, else {VERIFIED, coupon key, …}
if not redis.call('ZSCORE', KEYS[1], '!' .. INCARNATION) then return {{{Unverified}}} end
return {{{Verified}}, unpack(redis.call('ZRANGEBYSCORE', KEYS[1], '0', '+inf', 'LIMIT', ARGV[1], ARGV[2]))}
