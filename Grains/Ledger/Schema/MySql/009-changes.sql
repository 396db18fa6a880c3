-- Changes of a running sale: who made them, which requests made them, and what operators stopped.

-- Append-only. The scope is a coupon's row (c:17) or the operators' stops (stops); a coupon's number is the version it led to.
CREATE TABLE IF NOT EXISTS operations
(
    scope VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    no BIGINT NOT NULL,
    at BIGINT NOT NULL,
    actor VARCHAR(64) CHARACTER SET utf8mb4 COLLATE {{collation}} NOT NULL,
    action VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    before_terms TEXT CHARACTER SET utf8mb4 COLLATE {{collation}} NOT NULL,
    after_terms TEXT CHARACTER SET utf8mb4 COLLATE {{collation}} NOT NULL,
    request VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NULL,
    PRIMARY KEY (scope, no)
) ENGINE = InnoDB;

-- Requests with a key of their own (Idempotency-Key) that took effect, written in the effect's transaction. Kept as long as the coupon.
CREATE TABLE IF NOT EXISTS requests
(
    caller VARCHAR(20) CHARACTER SET utf8mb4 COLLATE {{collation}} NOT NULL,
    request_key VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    route VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    -- SHA-256 of route, coupon and normalised fields.
    content BINARY(32) NOT NULL,
    status INT NOT NULL,
    coupon_id BIGINT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (caller, request_key)
) ENGINE = InnoDB;

-- What operators stopped: a coupon, a seller (coupon empty), or everything (both empty).
CREATE TABLE IF NOT EXISTS stops
(
    seller VARCHAR(20) CHARACTER SET utf8mb4 COLLATE {{collation}} NOT NULL,
    coupon VARCHAR(60) CHARACTER SET utf8mb4 COLLATE {{collation}} NOT NULL,
    by_whom VARCHAR(64) CHARACTER SET utf8mb4 COLLATE {{collation}} NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (seller, coupon)
) ENGINE = InnoDB;
