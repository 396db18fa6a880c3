-- Declares a user's list of coupons complete under this incarnation, after all that the ledger knows was added.
--
-- KEYS[1] the list   returns 1
redis.call('ZREMRANGEBYSCORE', KEYS[1], -1, -1)
redis.call('ZADD', KEYS[1], -1, '!' .. INCARNATION)
return 1
