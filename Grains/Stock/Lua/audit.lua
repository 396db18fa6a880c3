-- Reads all counts of a coupon, whatever its state, and a part of its outbox. Changes nothing.
--
-- KEYS    as in fence.lua
-- ARGV[1] position of the first outbox entry wanted   ARGV[2] how many at most
-- returns {state, 1 if last verified under this incarnation else 0, id, identity, epoch, amount, left, base, owners, outbox length,
--         held, returned, version of the terms, floor (of this identity), window and pause as starts|ends|paused,
--         waiting list as how many wait|entries of the waitlog that SQL has|entries ever, entry, …};
--         -1 for a number that is missing (held, version: 0); the first entry is the one at that position, or the outbox's head if that is past it
local ok, state = pcall(inspect, KEYS)
local f = redis.call('HMGET', KEYS[1], 'incarnation', 'id', 'identity', 'epoch', 'amount', 'left', 'base', 'held', 'version')
local reply = {ok and state or UNVERIFIED, f[1] == INCARNATION and 1 or 0}
for i = 2, 7 do reply[i + 1] = string.format('%.0f', tonumber(f[i] or '') or -1) end
-- The identity has more digits than a number of Lua 5.1 holds.
reply[4] = f[3] and string.match(f[3], '^%d+$') or '-1'
reply[9], reply[10] = redis.call('SCARD', KEYS[2]), redis.call('LLEN', KEYS[3])
reply[11], reply[13] = string.format('%.0f', tonumber(f[8] or '0') or -1), string.format('%.0f', tonumber(f[9] or '0') or -1)
reply[12] = redis.call('SCARD', KEYS[4])
local of, floor = string.match(redis.call('HGET', KEYS[1], 'floor') or '', '^(%d+):(%d+)$')
reply[14] = of == f[3] and floor or '-1'
local terms = redis.call('HMGET', KEYS[1], 'starts', 'ends', 'paused')
reply[15] = (terms[1] or '') .. '|' .. (terms[2] or '') .. '|' .. (terms[3] or '')
local line = redis.call('HMGET', KEYS[1], 'waitlist', 'waitbase', 'joins', 'leaves')
reply[16] = not given(line[1]) and '0|0|0'
  or string.format('%.0f|%.0f|%.0f', redis.call('ZCARD', KEYS[5]), tonumber(line[2] or '0') or -1, (tonumber(line[3] or '0') or -1) + (tonumber(line[4] or '0') or -1))
if tonumber(ARGV[2]) > 0 then
  local first = math.max(0, tonumber(ARGV[1]) - (tonumber(f[7] or '') or 0))
  for _, entry in ipairs(redis.call('LRANGE', KEYS[3], first, first + tonumber(ARGV[2]) - 1)) do reply[#reply + 1] = entry end
end
return reply
