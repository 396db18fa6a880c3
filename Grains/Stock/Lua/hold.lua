-- Holds what a change is about to take, units or the start of the sale, or gives it back if the change was not made.
--
-- KEYS    as in fence.lua
-- ARGV[1] 'hold', 'start' or 'release'   ARGV[2] token of the change   ARGV[3] identity   ARGV[4] version that was read
-- ARGV[5] how many units; '' to hold all that are left; of a start: 'start'
-- ARGV[6] until when, in microseconds since 1970: a call that arrives later, its caller gone, must hold nothing; '' for a release
-- returns {state} or {VERIFIED, epoch, amount, owners, held, how many were set aside or given back; -1 if so many are not left,
--         -2 if the version is another, something is held already or it is too late, -3 if the sale has started; then nothing was done}
--
-- Claims see held units as sold out, and a sale whose start is held as not started. Given back, they are not sold until the last refusal
-- lease of before has ended (claim.lua).
local state, amount, left, _, _, epoch, identity, owners, version, used = inspect(KEYS)
if state ~= VERIFIED then return {state} end
if identity ~= ARGV[3] then return {UNVERIFIED} end
local held = amount - left - owners
local function reply(count) return {VERIFIED, epoch, amount, owners, string.format('%.0f', held), string.format('%.0f', count)} end

local is_free = version == ARGV[4] and held == 0 and not given(used and used[9]) and tonumber(now_micros()) <= tonumber(ARGV[6] ~= '' and ARGV[6] or '0')
if ARGV[1] == 'start' then
  -- By the clock alone: a start that a wrong clock has latched can be put off.
  local starts = tonumber(used and used[3] or '')
  if not is_free then return reply(-2) end
  if not starts or tonumber(now_micros()) >= starts then return reply(-3) end
  redis.call('HSET', KEYS[1], 'hold', ARGV[2] .. ':start')
  return reply(0)
end
if ARGV[1] == 'hold' then
  local count = ARGV[5] == '' and left or tonumber(ARGV[5])
  if not is_free then return reply(-2) end
  if count > left then return reply(-1) end
  held = count
  redis.call('HSET', KEYS[1], 'left', string.format('%.0f', left - count), 'held', string.format('%.0f', count),
    'hold', ARGV[2] .. ':' .. string.format('%.0f', count), 'version', version)
  return reply(count)
end
if redis.call('HGET', KEYS[1], 'hold') ~= ARGV[2] .. ':' .. ARGV[5] then return reply(-2) end
if ARGV[5] == 'start' then
  redis.call('HSET', KEYS[1], 'hold', '', 'from', quiet('{{NotStarted}}'))
  return reply(0)
end
local count = tonumber(ARGV[5])
held = held - count
local fields = {'left', string.format('%.0f', left + count), 'held', string.format('%.0f', held), 'hold', ''}
if left == 0 then fields[#fields + 1], fields[#fields + 2] = 'from', quiet('{{SoldOut}}') end
redis.call('HSET', KEYS[1], unpack(fields))
return reply(count)
