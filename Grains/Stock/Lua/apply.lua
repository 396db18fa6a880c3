-- Puts the ledger's terms into the stock, if they are later than those it has.
--
-- KEYS    as in fence.lua
-- ARGV[1] identity   ARGV[2] version   ARGV[3] amount
-- ARGV[4] 'stop' if no decision may follow under earlier terms, whatever state the stock is in; else ''
-- ARGV[5] starts   ARGV[6] ends   ARGV[7] opened   ARGV[8] ended (microseconds since 1970)   ARGV[9] paused ('1'); '' for none
-- returns {state} or {VERIFIED, version of the stock, left, 1 if put in, 0 if it had these or later ones, 2 if there are more owners than
--         units; then nothing was put in}
--
-- A later version ends what an earlier change holds, units or the start: that change has happened, or fails in the ledger by its version.
-- A stop reaches a stock that is closed or not verified too: the floor keeps open.lua from opening it under terms of before, which a
-- rebuild may have read. A server that loses the floor loses the rebuild's token with it.
-- A latch (opened, ended) stays as long as its edge is not moved (is_moved), for the ledger may not know it yet.
local state, _, left, _, _, _, identity, owners, version, used = inspect(KEYS)
local is_verified = state == VERIFIED and identity == ARGV[1]
local was = used or {}
if ARGV[4] ~= '' and not is_below_floor(KEYS, ARGV[1], ARGV[2]) then redis.call('HSET', KEYS[1], 'floor', ARGV[1] .. ':' .. ARGV[2]) end
if state ~= VERIFIED then return {state} end
if not is_verified then return {UNVERIFIED} end
if tonumber(version) >= tonumber(ARGV[2]) then return {VERIFIED, version, left, 0} end
local rest = tonumber(ARGV[3]) - owners
if rest < 0 then return {VERIFIED, version, left, 2} end

-- As inspect reads them: 3 starts, 4 ends, 5 opened, 6 ended, 7 paused.
local will = {[3] = ARGV[5], [4] = ARGV[6], [5] = given(ARGV[7]), [6] = given(ARGV[8]), [7] = ARGV[9]}
-- A start that is taken away is earlier than any.
if not given(will[3]) or not is_moved(was[3], will[3]) then will[5] = will[5] or given(was[5]) end
if not is_moved(was[4], will[4]) then will[6] = will[6] or given(was[6]) end
local refuses, opened, ended = judge(will)
will[5], will[6] = opened or will[5], ended or will[6]

local fields = {'amount', ARGV[3], 'left', string.format('%.0f', rest), 'held', '0', 'version', ARGV[2]}
local function set(field, value) fields[#fields + 1], fields[#fields + 2] = field, value end
for i, field in pairs({[3] = 'starts', [4] = 'ends', [5] = 'opened', [6] = 'ended', [7] = 'paused'}) do
  if given(will[i]) or given(was[i]) then set(field, will[i] or '') end
end
if used then set('hold', '') end
-- Units that come back are not sold until the last lease to refuse of before has ended (claim.lua): no owner may meet one.
local refused = used and judge(used) or left == 0 and '{{SoldOut}}'
if refused and rest > 0 then set('from', quiet(refused)) end
redis.call('HSET', KEYS[1], unpack(fields))
return {VERIFIED, ARGV[2], rest, 1}
