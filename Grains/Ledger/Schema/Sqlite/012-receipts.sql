-- Codes of receipts, and their redemption. Times in microseconds since 1970.

-- A claim gets its code when its owner asks for a receipt. Not a column of claims: a unique key there would cost every claim of every coupon.
CREATE TABLE IF NOT EXISTS codes
(
    code TEXT NOT NULL PRIMARY KEY,
    coupon_id INTEGER NOT NULL,
    username TEXT NOT NULL,
    UNIQUE (coupon_id, username)
) WITHOUT ROWID;

-- Null while the unit is not used. Never together with returned_at.
ALTER TABLE claims ADD COLUMN redeemed_at INTEGER NULL;

-- Which till it was.
ALTER TABLE claims ADD COLUMN redeemed_device TEXT NULL;

-- Rows of claims with redeemed_at.
ALTER TABLE coupons ADD COLUMN redeemed INTEGER NOT NULL DEFAULT 0;

-- Units that a till let pass while it was offline, and that were used, returned or out of time already. Numbered by the coupon's feed_seq.
CREATE TABLE IF NOT EXISTS conflicts
(
    coupon_id INTEGER NOT NULL,
    no INTEGER NOT NULL,
    username TEXT NOT NULL,
    -- The till's, of this scan: a batch may be sent again.
    scan_key TEXT NOT NULL,
    device TEXT NOT NULL,
    -- By the till's clock; null where it did not tell.
    scanned_at INTEGER NULL,
    at INTEGER NOT NULL,
    reason TEXT NOT NULL,
    -- The redemption that was first, if one was.
    redeemed_at INTEGER NULL,
    redeemed_device TEXT NULL,
    PRIMARY KEY (coupon_id, no),
    UNIQUE (coupon_id, username, scan_key)
) WITHOUT ROWID;
