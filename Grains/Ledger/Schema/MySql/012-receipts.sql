-- Codes of receipts, and their redemption. Times in microseconds since 1970, by this server's clock.

-- A claim gets its code when its owner asks for a receipt. Not a column of claims: a unique key there would cost every claim of every coupon.
CREATE TABLE IF NOT EXISTS codes
(
    code CHAR(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
    coupon_id BIGINT NOT NULL,
    username VARCHAR(20) CHARACTER SET utf8mb4 COLLATE {{collation}} NOT NULL,
    UNIQUE KEY ux_codes_claim (coupon_id, username)
) ENGINE = InnoDB;

-- Null while the unit is not used. Never together with returned_at.
ALTER TABLE claims ADD COLUMN redeemed_at BIGINT NULL;

-- Which till it was.
ALTER TABLE claims ADD COLUMN redeemed_device VARCHAR(64) CHARACTER SET utf8mb4 COLLATE {{collation}} NULL;

-- Rows of claims with redeemed_at.
ALTER TABLE coupons ADD COLUMN redeemed BIGINT NOT NULL DEFAULT 0;

-- Units that a till let pass while it was offline, and that were used, returned or out of time already. Numbered by the coupon's feed_seq.
CREATE TABLE IF NOT EXISTS conflicts
(
    coupon_id BIGINT NOT NULL,
    no BIGINT NOT NULL,
    username VARCHAR(20) CHARACTER SET utf8mb4 COLLATE {{collation}} NOT NULL,
    -- The till's, of this scan: a batch may be sent again.
    scan_key VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    device VARCHAR(64) CHARACTER SET utf8mb4 COLLATE {{collation}} NOT NULL,
    -- By the till's clock; null where it did not tell.
    scanned_at BIGINT NULL,
    at BIGINT NOT NULL,
    reason VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    -- The redemption that was first, if one was.
    redeemed_at BIGINT NULL,
    redeemed_device VARCHAR(64) CHARACTER SET utf8mb4 COLLATE {{collation}} NULL,
    PRIMARY KEY (coupon_id, no),
    UNIQUE KEY ux_conflicts_scan (coupon_id, username, scan_key)
) ENGINE = InnoDB;
