-- KEYS    a user's list of coupons: keys "seller/name", oldest first
-- returns the first page, an array {key, terms as JSON, units left} a coupon
local page = {}
for i, key in ipairs(redis.call('LRANGE', KEYS[1], 0, 19)) do
  page[i] = {key, redis.call('GET', 'terms:' .. key), redis.call('GET', 'left:' .. key)}
end
return page
