-- A random identity for every coupon. Ids come back: a file that was put back gives the next coupon the id of one that it lost.

ALTER TABLE coupons ADD COLUMN identity INTEGER;

UPDATE coupons SET identity = random() & 9223372036854775807;

CREATE UNIQUE INDEX ux_coupons_identity ON coupons (identity);
