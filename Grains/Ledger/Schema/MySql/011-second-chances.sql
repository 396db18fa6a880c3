-- Terms of returns, the waiting list and redemption, fixed at creation. Times in microseconds since 1970.

-- 1 where an owner may give the unit back, once.
ALTER TABLE coupons ADD COLUMN returns TINYINT NOT NULL DEFAULT 0;

-- The first moment in which none is taken back any more; null for none.
ALTER TABLE coupons ADD COLUMN return_until BIGINT NULL;

-- How many customers may wait for a unit at a time; 0 for no waiting list.
ALTER TABLE coupons ADD COLUMN waitlist INT NOT NULL DEFAULT 0;

-- The first moment in which no unit is redeemed any more; null for none.
ALTER TABLE coupons ADD COLUMN redeem_until BIGINT NULL;
