-- Adds coupons to users' lists.
--
-- KEYS    the lists, one an addition; a list may come several times
-- ARGV    for each: coupon key, order
-- returns 1
--
-- A coupon that is there keeps the earlier time, which is the true one. No fence: adding is idempotent, and right in whatever state a
-- list is.
for i = 1, #KEYS do redis.call('ZADD', KEYS[i], 'LT', ARGV[2 * i], ARGV[2 * i - 1]) end
return 1
