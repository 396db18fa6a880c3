-- A random identity for every coupon. Ids come back: a server that fell back gives the next coupon the id of one that it lost.
-- By statements that can be repeated, and with a default, so that silos of the previous version can still create coupons
-- while others are being replaced.

DELIMITER $$

DROP PROCEDURE IF EXISTS AddCouponIdentity$$

CREATE PROCEDURE AddCouponIdentity()
BEGIN
    IF NOT EXISTS (SELECT 1 FROM information_schema.columns
                   WHERE table_schema = DATABASE() AND table_name = 'coupons' AND column_name = 'identity') THEN
        ALTER TABLE coupons ADD COLUMN identity BIGINT NULL;
    END IF;
END$$

CALL AddCouponIdentity()$$

DROP PROCEDURE AddCouponIdentity$$

UPDATE coupons SET identity = CAST(CONV(HEX(RANDOM_BYTES(8)), 16, 10) AS UNSIGNED) >> 1 WHERE identity IS NULL$$

ALTER TABLE coupons MODIFY COLUMN identity BIGINT NOT NULL DEFAULT (CAST(CONV(HEX(RANDOM_BYTES(8)), 16, 10) AS UNSIGNED) >> 1)$$

DROP PROCEDURE IF EXISTS AddCouponIdentity$$

CREATE PROCEDURE AddCouponIdentity()
BEGIN
    IF NOT EXISTS (SELECT 1 FROM information_schema.statistics
                   WHERE table_schema = DATABASE() AND table_name = 'coupons' AND index_name = 'ux_coupons_identity') THEN
        ALTER TABLE coupons ADD UNIQUE KEY ux_coupons_identity (identity);
    END IF;
END$$

CALL AddCouponIdentity()$$

DROP PROCEDURE AddCouponIdentity$$

DELIMITER ;
