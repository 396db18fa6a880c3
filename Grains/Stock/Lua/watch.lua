-- Reads the stock for a snapshot of the sale. Latches nothing: what it sees reaches neither the coupon's silo nor SQL.
--
-- KEYS    as in fence.lua
-- ARGV    none
-- returns {state} or {VERIFIED, amount, left, outbox length, microseconds since the oldest of them was won, or 0,
--         stock, description}, and for a coupon that uses features also
--         {…, the outcome (character) for all who own nothing by window and pause or '', starts or '', ends or '', microseconds since 1970,
--         how many have returned a unit, or '' if it takes no returns, how many wait, or '' if it has no waitlist}
local state, amount, left, base, positions, _, _, owners, _, used, line = inspect(KEYS)
if state ~= VERIFIED then return {state} end
local oldest = redis.call('LINDEX', KEYS[3], 0)
local micros = oldest and tonumber(string.match(oldest, '^%d+'))
local age = micros and math.max(0, tonumber(now_micros()) - micros) or 0
local terms = redis.call('HMGET', KEYS[1], 'stock', 'description')
if not used then return {VERIFIED, amount, left, positions - base, age, terms[1], terms[2]} end
return {VERIFIED, amount, left, positions - base, age, terms[1], terms[2], judge(used) or '', used[3] or '', used[4] or '', now_micros(),
  used[2] == '1' and string.format('%.0f', positions - owners) or '', line and string.format('%.0f', line.waiting) or ''}
