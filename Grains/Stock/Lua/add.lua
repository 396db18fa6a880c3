-- Adds coupons to users' lists. One that is there keeps the earlier time: the true one, where a later one was put in for
-- want of it. Needs no fence: adding is idempotent and right in whatever state a list is.
--
-- KEYS    the lists, one an addition; a list may come several times
-- ARGV    for each: coupon key, order
-- returns 1
for i = 1, #KEYS do redis.call('ZADD', KEYS[i], 'LT', ARGV[2 * i], ARGV[2 * i - 1]) end
return 1
