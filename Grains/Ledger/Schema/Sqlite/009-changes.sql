-- Changes of a running sale: who made them, which requests made them, and what operators stopped.

-- Append-only. The scope is a coupon's row (c:17) or the operators' stops (stops); a coupon's number is the version it led to.
CREATE TABLE IF NOT EXISTS operations
(
    scope TEXT NOT NULL,
    no INTEGER NOT NULL,
    at INTEGER NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    before_terms TEXT NOT NULL,
    after_terms TEXT NOT NULL,
    request TEXT NULL,
    PRIMARY KEY (scope, no)
) WITHOUT ROWID;

-- Requests with a key of their own (Idempotency-Key) that took effect, written in the effect's transaction. Kept as long as the coupon.
CREATE TABLE IF NOT EXISTS requests
(
    caller TEXT NOT NULL,
    request_key TEXT NOT NULL,
    route TEXT NOT NULL,
    -- SHA-256 of route, coupon and normalised fields.
    content BLOB NOT NULL,
    status INTEGER NOT NULL,
    coupon_id INTEGER NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (caller, request_key)
) WITHOUT ROWID;

-- What operators stopped: a coupon, a seller (coupon empty), or everything (both empty).
CREATE TABLE IF NOT EXISTS stops
(
    seller TEXT NOT NULL,
    coupon TEXT NOT NULL,
    by_whom TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (seller, coupon)
) WITHOUT ROWID;
