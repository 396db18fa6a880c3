-- Terms that change have a version, which this table alone issues. A claim may be returned, and has a number in its coupon's feed.

ALTER TABLE coupons ADD COLUMN version BIGINT NOT NULL DEFAULT 0;

-- Rows of claims with returned_at.
ALTER TABLE coupons ADD COLUMN returned BIGINT NOT NULL DEFAULT 0;

-- The last number given in the coupon's feed; never set back.
ALTER TABLE coupons ADD COLUMN feed_seq BIGINT NOT NULL DEFAULT 0;

-- Null in rows of before, until the upgrade's next step has numbered them.
ALTER TABLE claims ADD COLUMN seq BIGINT NULL;

ALTER TABLE claims ADD COLUMN returned_at BIGINT NULL;

-- Not unique: the relay's INSERT passes over duplicates of any key, and a number given twice must not lose a claim.
ALTER TABLE claims ADD KEY ix_claims_seq (coupon_id, seq);

-- Of the programs that may use these stores (Protocol.cs).
ALTER TABLE deployment ADD COLUMN protocol INT NOT NULL DEFAULT 1;
