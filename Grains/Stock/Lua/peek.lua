-- Reads the head of the outbox, or of the waitlog, for the relay.
--
-- KEYS    as in fence.lua
-- ARGV[1] how many entries at most   ARGV[2] 'waitlog' for that
-- returns {state} or {VERIFIED, id and identity in the ledger, epoch, base (the head's position), version of the terms, returned,
--         entry, entry, …}
local state, _, _, base, positions, epoch, identity, owners, version, _, line = inspect(KEYS)
if state ~= VERIFIED then return {state} end
local list = KEYS[3]
if ARGV[2] == 'waitlog' then list, base = KEYS[6], line and line.base or 0 end
return {VERIFIED, redis.call('HGET', KEYS[1], 'id'), identity, epoch, base, version, positions - owners,
  unpack(redis.call('LRANGE', list, 0, tonumber(ARGV[1]) - 1))}
