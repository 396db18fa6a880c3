-- A coupon's feed: what happened besides claims, numbered by the same feed_seq as they. Rows are only ever added.

CREATE TABLE IF NOT EXISTS events
(
    coupon_id INTEGER NOT NULL,
    no INTEGER NOT NULL,
    -- FeedKinds.cs.
    kind TEXT NOT NULL,
    -- Null where it is about no customer.
    username TEXT NULL,
    at INTEGER NOT NULL,
    -- JSON, by kind.
    detail TEXT NULL,
    PRIMARY KEY (coupon_id, no)
) WITHOUT ROWID;

-- For searches, which read a seller's coupons in the order of their creation.
CREATE INDEX IF NOT EXISTS ix_coupons_seller_id ON coupons (seller, id);
