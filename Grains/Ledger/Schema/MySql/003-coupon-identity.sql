-- A random identity for every coupon. Ids come back: a server that fell back gives the next coupon the id of one that it lost.
-- With a default, so that silos of the previous version can still create coupons while others are being replaced.

ALTER TABLE coupons ADD COLUMN identity BIGINT NULL;

UPDATE coupons SET identity = CAST(CONV(HEX(RANDOM_BYTES(8)), 16, 10) AS UNSIGNED) >> 1 WHERE identity IS NULL;

ALTER TABLE coupons MODIFY COLUMN identity BIGINT NOT NULL DEFAULT (CAST(CONV(HEX(RANDOM_BYTES(8)), 16, 10) AS UNSIGNED) >> 1);

ALTER TABLE coupons ADD UNIQUE KEY ux_coupons_identity (identity);
