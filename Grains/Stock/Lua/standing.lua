-- Reads how a customer stands with a coupon, with what a return must know. Changes nothing.
--
-- KEYS    as in fence.lua
-- ARGV[1] user name
-- returns {state} or {VERIFIED, id and identity in the ledger, epoch, microseconds since 1970, '1' if the coupon takes returns or '',
--         '1' for an owner, '2' for one who has returned a unit, '0' for others}
local state, _, _, _, positions, epoch, identity, owners, _, used = inspect(KEYS)
if state ~= VERIFIED then return {state} end
local standing = redis.call('SISMEMBER', KEYS[2], ARGV[1]) == 1 and '1'
  or positions > owners and redis.call('SISMEMBER', KEYS[4], ARGV[1]) == 1 and '2' or '0'
return {VERIFIED, redis.call('HGET', KEYS[1], 'id'), identity, epoch, now_micros(), used and used[2] or '', standing}
