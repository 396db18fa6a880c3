-- A coupon's feed: what happened besides claims, numbered by the same feed_seq as they. Rows are only ever added.

CREATE TABLE IF NOT EXISTS events
(
    coupon_id BIGINT NOT NULL,
    no BIGINT NOT NULL,
    -- FeedKinds.cs.
    kind VARCHAR(20) CHARACTER SET utf8mb4 COLLATE {{collation}} NOT NULL,
    -- Null where it is about no customer.
    username VARCHAR(20) CHARACTER SET utf8mb4 COLLATE {{collation}} NULL,
    at BIGINT NOT NULL,
    -- JSON, by kind.
    detail TEXT CHARACTER SET utf8mb4 COLLATE {{collation}} NULL,
    PRIMARY KEY (coupon_id, no)
) ENGINE = InnoDB;

-- For searches, which read a seller's coupons in the order of their creation.
ALTER TABLE coupons ADD KEY ix_coupons_seller_id (seller, id);
