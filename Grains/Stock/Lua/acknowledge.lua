-- Removes persisted entries from the head of the outbox, or of the waitlog, if the head is still where the relay read it.
--
-- KEYS    as in fence.lua
-- ARGV[1] epoch   ARGV[2] base as read   ARGV[3] how many entries   ARGV[4] 'waitlog' for that
-- returns 1 if removed, else 0
--
-- Of two relays, or after a crash between commit and acknowledgement, the second removes nothing.
local state, _, _, base, _, epoch, _, _, _, _, line = inspect(KEYS)
local list, field = KEYS[3], 'base'
if ARGV[4] == 'waitlog' then list, field, base = KEYS[6], 'waitbase', line and line.base end
if state ~= VERIFIED or epoch ~= ARGV[1] or base ~= tonumber(ARGV[2]) then return 0 end
redis.call('LTRIM', list, tonumber(ARGV[3]), -1)
redis.call('HINCRBY', KEYS[1], field, tonumber(ARGV[3]))
return 1
