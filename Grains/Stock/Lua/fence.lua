-- Precedes every script about a coupon, see ScriptText.cs; not a script by itself.
--
-- KEYS[1] coupon (hash)   KEYS[2] owners (set)   KEYS[3] outbox (list of "micros:user", won and not in SQL yet)
-- KEYS[4] returned (set: names of earlier owners who gave their unit back)
-- KEYS[5] waiting (sorted set: names by serial), KEYS[6] waitlog ("+micros:serial:user" joined, "-…" left, and not in SQL yet): for a coupon
--         that has a waitlist, and for any other where it costs nothing
-- ARGV    the script's own
-- returns nothing; defines now_micros, is_alive, is_below_floor, inspect_line, inspect, given, judge, see, is_moved, quiet and quiet_word
--
-- INCARNATION is written in when the script is loaded: it names the start and the promotion of the server it was loaded on. The hash
-- remembers the incarnation under which the stock was last verified; another one means that the server died, was replaced or rolled
-- back since, and the stock must be reconciled before it sells. While a reconciler has it closed the hash says CLOSED_UNDER: a
-- lease that was taken under another incarnation is dead, for its owner's scripts are gone.
local CLOSED_UNDER = '!' .. INCARNATION
local VERIFIED, MISSING, UNVERIFIED, CLOSED = {{Verified}}, {{Missing}}, {{Unverified}}, {{Closed}}

local micros
local function now_micros()
  if not micros then
    local time = redis.call('TIME')
    micros = time[1] .. string.format('%06d', tonumber(time[2]))
  end
  return micros
end

-- Whether a reconciler's lease is alive. One that ends later than any lease lasts was written before the clock was set back: dead.
local function is_alive(incarnation, lease)
  if incarnation ~= CLOSED_UNDER or not lease then return false end
  local rest = tonumber(lease) - tonumber(now_micros())
  return rest > 0 and rest <= 60000000
end

-- Whether the coupon was stopped at a later version of its terms than this one. The floor is of one row of the ledger: a coupon that
-- the ledger has lost and got anew begins at version 0.
local function is_below_floor(KEYS, identity, version)
  local of, least = string.match(redis.call('HGET', KEYS[1], 'floor') or '', '^(%d+):(%d+)$')
  return of == identity and tonumber(version) < tonumber(least)
end

-- The waiting list of a coupon that has one: how many wait, and how many have ever joined it, left it and been served; how many entries of
-- its log SQL has, and the last serial given. Nil if the counts differ, or the caller did not know of it and must read the stock first.
local function inspect_line(KEYS)
  if KEYS[5] ~= KEYS[1] .. ':waiting' then return nil end
  local f = redis.call('HMGET', KEYS[1], 'joins', 'leaves', 'served', 'waitbase', 'serial')
  local line = {joins = tonumber(f[1] or '0'), leaves = tonumber(f[2] or '0'), served = tonumber(f[3] or '0'), base = tonumber(f[4] or '0'),
    serial = tonumber(f[5] or '0'), waiting = redis.call('ZCARD', KEYS[5])}
  if line.waiting ~= line.joins - line.leaves - line.served then return nil end
  if line.base + redis.call('LLEN', KEYS[6]) ~= line.joins + line.leaves then return nil end
  return line
end

-- Returns a state and, if that is VERIFIED: amount, left, base, positions, epoch, identity, owners, version, used, line.
-- positions: how many entries have ever entered the outbox, which is owners + returned; the next entry gets this position.
-- The counts are compared each time: a lost key, or half a script recovered from a torn log, shows at once.
-- used: the fields of features, in the order below; nil for a coupon without `version`, which uses none, and pays for none.
-- line: see inspect_line; also `most`, how many may wait, and the field `room`: until when no place is given that came free in a full line, as
--       `from` says of units, for a gateway may still hold a lease to refuse joins. Nil for a coupon without a waitlist.
local function inspect(KEYS)
  local f = redis.call('HMGET', KEYS[1], 'incarnation', 'amount', 'left', 'base', 'epoch', 'identity', 'lease', 'version')
  if not f[1] then return MISSING end
  if is_alive(f[1], f[7]) then return CLOSED end
  if f[1] ~= INCARNATION or not (f[2] and f[3] and f[4] and f[5] and f[6]) then return UNVERIFIED end
  local amount, left, base = tonumber(f[2]), tonumber(f[3]), tonumber(f[4])
  local owners = redis.call('SCARD', KEYS[2])
  local positions, held, used, line = owners, 0, nil, nil
  if f[8] then
    used = redis.call('HMGET', KEYS[1], 'held', 'returns', 'starts', 'ends', 'opened', 'ended', 'paused', 'from', 'hold', 'until', 'waitlist', 'room')
    held = tonumber(used[1] or '0')
    if used[2] == '1' then positions = owners + redis.call('SCARD', KEYS[4]) end
    if used[11] and used[11] ~= '' then
      line = inspect_line(KEYS)
      if not line then return UNVERIFIED end
      line.most, line.room = tonumber(used[11]), used[12]
    end
  end
  if left < 0 or held < 0 or left + held + owners ~= amount then return UNVERIFIED end
  if base + redis.call('LLEN', KEYS[3]) ~= positions then return UNVERIFIED end
  return VERIFIED, amount, left, base, positions, f[5], f[6], owners, f[8] or '0', used, line
end

-- A field's value, or nil: terms that were taken away are empty texts.
local function given(value)
  return value and value ~= '' and value or nil
end

-- Judges a coupon's window and pause at this moment, by the fields that inspect has read. Changes nothing.
-- Returns the outcome (character) for all who own nothing, or nil if units are for sale; when it was opened, and ended: what a script
-- has latched, now if the edge is passed and this script sees it first, else nil; how many microseconds remain until the start, or nil.
-- A latch holds whatever the clock says later, so that a clock that is set reopens no sale, and closes none that has begun. While a
-- change holds the start (hold.lua), the sale does not begin.
local function judge(used)
  local now, starts, ends = tonumber(now_micros()), tonumber(used[3] or ''), tonumber(used[4] or '')
  local opened, ended = given(used[5]), given(used[6])
  if ends and not ended and now >= ends then ended = now_micros() end
  local is_held = string.find(used[9] or '', ':start', 1, true)
  if starts and not opened and not ended and not is_held and now >= starts then opened = now_micros() end
  if ended then return '{{Ended}}', opened, ended end
  if starts and (is_held or not opened) then return '{{NotStarted}}', nil, nil, math.max(0, starts - now) end
  return given(used[7]) and '{{Paused}}' or nil, opened
end

-- As judge, and writes the edges that this script sees first: once told, it holds.
local function see(KEYS, used)
  local refuses, opened, ended, rest = judge(used)
  local latches = {}
  if opened and not given(used[5]) then latches = {'opened', opened} end
  if ended and not given(used[6]) then latches[#latches + 1], latches[#latches + 2] = 'ended', ended end
  if #latches > 0 then redis.call('HSET', KEYS[1], unpack(latches)) end
  return refuses, opened, ended, rest
end

-- Whether an edge of the window was moved so that what was seen of it counts no more: to later, or to another time that is still to come.
local function is_moved(was, will)
  local before, now = tonumber(given(was) or ''), tonumber(given(will) or '')
  return before ~= now and (before and not now or now and (now > (before or 0) or now > tonumber(now_micros())))
end

-- What the field `from` says of units that come back now: until when they are not sold, and which word others hear until then. A gateway
-- may still hold a lease to refuse, and would answer it to the owner of such a unit.
local function quiet(word)
  return string.format('%.0f', tonumber(now_micros()) + 100000) .. ':' .. word
end

-- The word of a quiet time that is not over, or nil. A time that is further ahead was written before the clock was set back.
local function quiet_word(from)
  local until_micros, word = string.match(from or '', '^(%d+):(.)$')
  local wait = until_micros and tonumber(until_micros) - tonumber(now_micros()) or 0
  return wait > 0 and wait <= 1000000 and word or nil
end
