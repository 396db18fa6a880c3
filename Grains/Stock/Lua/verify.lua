-- Declares a user's list of coupons complete under this incarnation, after all that the ledger knows was added, and reads a page.
--
-- KEYS[1] the list
-- ARGV    as in list.lua
-- returns as list.lua, never STALE
redis.call('ZREMRANGEBYSCORE', KEYS[1], -1, -1)
redis.call('ZADD', KEYS[1], -1, '!' .. INCARNATION)
local first = tonumber(ARGV[1]) + 1
return {{{Trusted}}, unpack(redis.call('ZRANGE', KEYS[1], first, first + tonumber(ARGV[2]) - 1))}
