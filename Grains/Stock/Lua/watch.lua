-- Reads what a watcher of a sale sees: the pieces, and how far the drain is behind.
--
-- KEYS    as in fence.lua
-- returns {state} or {TRUSTED, amount, left, undrained claims, microseconds since the oldest of them was won, or 0}
local state, amount, left, base, owners = inspect(KEYS)
if state ~= TRUSTED then return {state} end
local oldest = redis.call('LINDEX', KEYS[3], 0)
local micros = oldest and tonumber(string.match(oldest, '^%d+'))
return {TRUSTED, amount, left, owners - base, micros and math.max(0, tonumber(now_micros()) - micros) or 0}
