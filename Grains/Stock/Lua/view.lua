-- Reads a coupon as customers and its seller see it.
--
-- KEYS    as in fence.lua
-- ARGV    none
-- returns {state, microseconds since 1970} or {VERIFIED, microseconds since 1970, amount, left, stock, description, version of the terms,
--         the outcome (character) for all who own nothing by window and pause or '', starts or '', ends or '', when it was opened or '',
--         when it was ended or '', '1' if it takes returns or '', until when or '', how many may wait or '', how many do or '',
--         until when units are redeemed or ''}
local state, amount, left, _, _, _, _, _, version, used, line = inspect(KEYS)
local now = now_micros()
if state ~= VERIFIED then return {state, now} end
local terms = redis.call('HMGET', KEYS[1], 'stock', 'description')
local refusal, opened, ended
if used then refusal, opened, ended = see(KEYS, used) end
return {VERIFIED, now, amount, left, terms[1], terms[2], version, refusal or '', used and used[3] or '', used and used[4] or '', opened or '', ended or '',
  used and used[2] or '', used and used[10] or '', line and used[11] or '', line and string.format('%.0f', line.waiting) or '',
  used and redis.call('HGET', KEYS[1], 'redeem') or ''}
