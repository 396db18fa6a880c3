-- Records that a token was logged out.
--
-- KEYS[1] the record (sorted set, every score 0: "expiry:id", so in the order of expiry)
-- KEYS[2] the latest of them (sorted set: the same members, by a number that always rises)
-- ARGV[1] "expiry:id"   ARGV[2] microseconds since 1970   ARGV[3] how many the record may hold   ARGV[4] how many of the latest are kept
-- returns 1, or 0 if the record is full
--
-- No fence: recording is right in whatever state the record is.
if redis.call('ZSCORE', KEYS[1], ARGV[1]) then return 1 end
if redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[3]) then return 0 end
-- The clock, unless it is behind the last number: numbers rise strictly.
local last = redis.call('ZRANGE', KEYS[2], -1, -1, 'WITHSCORES')
local number = tonumber(ARGV[2])
if last[2] and tonumber(last[2]) >= number then number = tonumber(last[2]) + 1 end
redis.call('ZADD', KEYS[1], 0, ARGV[1])
redis.call('ZADD', KEYS[2], string.format('%.0f', number), ARGV[1])
redis.call('ZREMRANGEBYRANK', KEYS[2], 0, -1 - tonumber(ARGV[4]))
return 1
