-- Terms that change have a version, which this table alone issues. A claim may be returned, and has a number in its coupon's feed.

ALTER TABLE coupons ADD COLUMN version INTEGER NOT NULL DEFAULT 0;

-- Rows of claims with returned_at.
ALTER TABLE coupons ADD COLUMN returned INTEGER NOT NULL DEFAULT 0;

-- The last number given in the coupon's feed; never set back.
ALTER TABLE coupons ADD COLUMN feed_seq INTEGER NOT NULL DEFAULT 0;

-- Null in rows of before, until the upgrade's next step has numbered them.
ALTER TABLE claims ADD COLUMN seq INTEGER NULL;

ALTER TABLE claims ADD COLUMN returned_at INTEGER NULL;

-- Not unique: the relay's INSERT passes over duplicates of any key, and a number given twice must not lose a claim.
CREATE INDEX IF NOT EXISTS ix_claims_seq ON claims (coupon_id, seq);

-- Of the programs that may use these stores (Protocol.cs).
ALTER TABLE deployment ADD COLUMN protocol INTEGER NOT NULL DEFAULT 1;
