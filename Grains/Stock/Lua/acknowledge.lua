-- Removes persisted entries from the head of the outbox, if the head is still where the relay read it.
--
-- KEYS    as in fence.lua
-- ARGV[1] epoch   ARGV[2] base as read   ARGV[3] how many entries
-- returns 1 if removed, else 0
--
-- Of two relays, or after a crash between commit and acknowledgement, the second removes nothing.
local state, _, _, base, _, epoch = inspect(KEYS)
if state ~= VERIFIED or epoch ~= ARGV[1] or base ~= tonumber(ARGV[2]) then return 0 end
redis.call('LTRIM', KEYS[3], tonumber(ARGV[3]), -1)
redis.call('HINCRBY', KEYS[1], 'base', tonumber(ARGV[3]))
return 1
