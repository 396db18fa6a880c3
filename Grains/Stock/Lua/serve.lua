-- Gives units that are left to those first in line, see line.lua.
--
-- KEYS    as in fence.lua
-- ARGV    none
-- returns {state}, or {VERIFIED, epoch, left afterwards, how many wait, outbox position of the first served, microseconds since 1970,
--         '1' if more can be served now or soon, once the quiet time is over or what is queued was recorded, else '', {who was served},
--         version of the terms, when it was opened or '', when it was ended or ''}
local state, _, left, base, positions, epoch, _, _, version, used, line = inspect(KEYS)
if state ~= VERIFIED then return {state} end
local served, may_serve, opened, ended, refuses = {}, false, nil, nil, nil
if line then
  refuses, opened, ended = see(KEYS, used)
  may_serve = not refuses
  if may_serve and not quiet_word(used[8]) then served = serve(KEYS, line, left, positions - base) end
end
left = left - #served
local waiting = line and line.waiting or 0
return {VERIFIED, epoch, left, waiting, positions, now_micros(), may_serve and left > 0 and waiting > 0 and '1' or '', served,
  version, opened or '', ended or ''}
