-- Puts the ledger's terms into the stock, if they are later than those it has.
--
-- KEYS    as in fence.lua
-- ARGV[1] identity   ARGV[2] version   ARGV[3] amount
-- ARGV[4] 'stop' if no decision may follow under earlier terms, whatever state the stock is in; else ''
-- returns {state} or {VERIFIED, version of the stock, left, 1 if put in, 0 if it had these or later ones, 2 if there are more owners than
--         units; then nothing was put in}
--
-- A later version ends what an earlier change had set aside (held): that change has happened, or fails in the ledger by its version.
-- A stop reaches a stock that is closed or not verified too: the floor keeps open.lua from opening it under terms of before, which a
-- rebuild may have read. A server that loses the floor loses the rebuild's token with it.
if ARGV[4] == 'stop' and not is_below_floor(KEYS, ARGV[1], ARGV[2]) then redis.call('HSET', KEYS[1], 'floor', ARGV[1] .. ':' .. ARGV[2]) end
local state, _, left, _, _, _, identity, owners, version = inspect(KEYS)
if state ~= VERIFIED then return {state} end
if identity ~= ARGV[1] then return {UNVERIFIED} end
if tonumber(version) >= tonumber(ARGV[2]) then return {VERIFIED, version, left, 0} end
local rest = tonumber(ARGV[3]) - owners
if rest < 0 then return {VERIFIED, version, left, 2} end
redis.call('HSET', KEYS[1], 'amount', ARGV[3], 'left', string.format('%.0f', rest), 'held', '0', 'version', ARGV[2])
return {VERIFIED, ARGV[2], rest, 1}
