-- Reads the stock for a snapshot of the sale.
--
-- KEYS    as in fence.lua
-- ARGV    none
-- returns {state} or {VERIFIED, amount, left, outbox length, microseconds since the oldest of them was won, or 0,
--         stock, description}
local state, amount, left, base, positions = inspect(KEYS)
if state ~= VERIFIED then return {state} end
local oldest = redis.call('LINDEX', KEYS[3], 0)
local micros = oldest and tonumber(string.match(oldest, '^%d+'))
local age = micros and math.max(0, tonumber(now_micros()) - micros) or 0
local terms = redis.call('HMGET', KEYS[1], 'stock', 'description')
return {VERIFIED, amount, left, positions - base, age, terms[1], terms[2]}
