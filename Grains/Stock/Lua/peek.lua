-- Reads the head of the outbox, for the relay.
--
-- KEYS    as in fence.lua
-- ARGV[1] how many entries at most
-- returns {state} or {VERIFIED, id and identity in the ledger, epoch, base (the head's position), version of the terms, returned,
--         entry, entry, …}
local state, _, _, base, positions, epoch, identity, owners, version = inspect(KEYS)
if state ~= VERIFIED then return {state} end
return {VERIFIED, redis.call('HGET', KEYS[1], 'id'), identity, epoch, base, version, positions - owners,
  unpack(redis.call('LRANGE', KEYS[3], 0, tonumber(ARGV[1]) - 1))}
