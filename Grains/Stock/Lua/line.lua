-- Follows fence.lua in scripts that serve the waiting list; not a script by itself.
--
-- returns nothing; defines serve

-- Gives units that are left to those first in line, at most 512 of them, and returns their names. Only where units are for sale: not outside
-- of the window, in a pause or under a stop, nor in the quiet time, for a lease of before may lack who joined after it was given. And none
-- while more than 2000 claims are queued: a raise serves a long line by few calls, and silos remember so many claims, of all coupons, until
-- SQL has them.
-- They leave the line last, so that a torn log is found: a unit is taken, then owned, then in the outbox, then the name is out of the line.
local function serve(KEYS, line, left, queued)
  local count = queued > 2000 and 0 or math.min(left, line.waiting, 512)
  if count == 0 then return {} end
  local served, entries = redis.call('ZRANGE', KEYS[5], 0, count - 1), {}
  for i = 1, count do entries[i] = now_micros() .. ':' .. served[i] end
  local fields = {'left', string.format('%.0f', left - count), 'served', string.format('%.0f', line.served + count)}
  if line.waiting >= line.most then fields[5], fields[6] = 'room', quiet('{{Wait.Full}}') end
  line.served, line.waiting = line.served + count, line.waiting - count
  redis.call('HSET', KEYS[1], unpack(fields))
  redis.call('SADD', KEYS[2], unpack(served))
  redis.call('RPUSH', KEYS[3], unpack(entries))
  redis.call('ZREM', KEYS[5], unpack(served))
  return served
end
