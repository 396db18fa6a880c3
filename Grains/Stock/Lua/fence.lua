-- Precedes every script about a coupon, see ScriptText.cs; not a script by itself.
--
-- KEYS[1] coupon (hash)   KEYS[2] owners (set)   KEYS[3] outbox (list of "micros:user", won and not in SQL yet)
-- KEYS[4] returned (set: names of earlier owners who gave their unit back)
-- ARGV    the script's own
-- returns nothing; defines now_micros, is_alive, is_below_floor and inspect
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

-- Returns a state and, if that is VERIFIED: amount, left, base, positions, epoch, identity, owners, version.
-- positions: how many entries have ever entered the outbox, which is owners + returned; the next entry gets this position.
-- The counts are compared each time: a lost key, or half a script recovered from a torn log, shows at once.
-- A coupon without `version` uses no feature that is newer than version 2 of the protocol: none of those fields is read.
local function inspect(KEYS)
  local f = redis.call('HMGET', KEYS[1], 'incarnation', 'amount', 'left', 'base', 'epoch', 'identity', 'lease', 'version')
  if not f[1] then return MISSING end
  if is_alive(f[1], f[7]) then return CLOSED end
  if f[1] ~= INCARNATION or not (f[2] and f[3] and f[4] and f[5] and f[6]) then return UNVERIFIED end
  local amount, left, base = tonumber(f[2]), tonumber(f[3]), tonumber(f[4])
  local owners = redis.call('SCARD', KEYS[2])
  local positions, held = owners, 0
  if f[8] then
    local used = redis.call('HMGET', KEYS[1], 'held', 'returns')
    held = tonumber(used[1] or '0')
    if used[2] == '1' then positions = owners + redis.call('SCARD', KEYS[4]) end
  end
  if left < 0 or held < 0 or left + held + owners ~= amount then return UNVERIFIED end
  if base + redis.call('LLEN', KEYS[3]) ~= positions then return UNVERIFIED end
  return VERIFIED, amount, left, base, positions, f[5], f[6], owners, f[8] or '0'
end
