-- Names are compared byte by byte (BINARY, SQLite's default). Times are microseconds since 1970, UTC.

CREATE TABLE coupons
(
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    seller TEXT NOT NULL,
    name TEXT NOT NULL,
    amount INTEGER NOT NULL,
    stock INTEGER NOT NULL,
    description TEXT NOT NULL,
    -- Units for which there is no row in claims.
    left_count INTEGER NOT NULL CHECK (left_count BETWEEN 0 AND amount),
    -- Queue entries consumed, and how often the stock in Redis was rebuilt: the drain's guards.
    drained INTEGER NOT NULL,
    epoch INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    UNIQUE (seller, name)
);

CREATE TABLE claims
(
    coupon_id INTEGER NOT NULL,
    username TEXT NOT NULL,
    claimed_at INTEGER NOT NULL,
    PRIMARY KEY (coupon_id, username)
) WITHOUT ROWID;

CREATE INDEX ix_claims_username ON claims (username);
