-- KEYS    the coupon's units left (a string), its owners (a set), the list of the claimant's coupons
-- ARGV    the claimant, the coupon as "seller/name"
-- returns the word for the header Claim-Result
local left = redis.call('GET', KEYS[1])
if not left then return 'no-such-coupon' end
if redis.call('SISMEMBER', KEYS[2], ARGV[1]) == 1 then return 'already-claimed' end
if tonumber(left) < 1 then return 'sold-out' end
redis.call('DECR', KEYS[1])
redis.call('SADD', KEYS[2], ARGV[1])
redis.call('RPUSH', KEYS[3], ARGV[2])
return 'claimed'
