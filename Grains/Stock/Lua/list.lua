-- Reads a page of a user's list of coupons.
--
-- KEYS[1] the list (sorted set: coupon keys by creation or claim, and one member with score -1, the mark that it is complete)
-- ARGV[1] index of the first   ARGV[2] how many
-- returns {UNVERIFIED} if the list was not verified under this incarnation, else {VERIFIED, coupon key, …}
if not redis.call('ZSCORE', KEYS[1], '!' .. INCARNATION) then return {{{Unverified}}} end
local first = tonumber(ARGV[1]) + 1
return {{{Verified}}, unpack(redis.call('ZRANGE', KEYS[1], first, first + tonumber(ARGV[2]) - 1))}
