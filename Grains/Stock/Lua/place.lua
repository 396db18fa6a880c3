-- Reads a customer's place in line.
--
-- KEYS    as in fence.lua
-- ARGV[1] user name
-- returns {state} or {VERIFIED, the place; 0 for an owner, -1 for who does not wait, -2 where there is no waitlist; how many wait,
--         microseconds since 1970, epoch, how many claims have ever entered the outbox}
local state, _, _, _, positions, epoch, _, _, _, _, line = inspect(KEYS)
if state ~= VERIFIED then return {state} end
if not line then return {VERIFIED, -2, 0, now_micros(), epoch, positions} end
if redis.call('SISMEMBER', KEYS[2], ARGV[1]) == 1 then return {VERIFIED, 0, line.waiting, now_micros(), epoch, positions} end
local rank = redis.call('ZRANK', KEYS[5], ARGV[1])
return {VERIFIED, rank and rank + 1 or -1, line.waiting, now_micros(), epoch, positions}
