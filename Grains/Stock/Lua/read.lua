-- Reads state, terms, units left, outbox length.
--
-- KEYS    as in fence.lua
-- ARGV    none
-- returns {state} or {VERIFIED, amount, left, stock, description, outbox length, identity in the ledger, version of the terms,
--         positions, returned, epoch}
local state, amount, left, _, positions, epoch, identity, owners, version = inspect(KEYS)
if state ~= VERIFIED then return {state} end
local terms = redis.call('HMGET', KEYS[1], 'stock', 'description')
return {VERIFIED, amount, left, terms[1], terms[2], redis.call('LLEN', KEYS[3]), identity, version,
  positions, positions - owners, epoch}
