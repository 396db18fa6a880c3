-- {{collation}} tells names apart by every byte, trailing spaces too: utf8mb4_0900_bin on MySQL,
-- utf8mb4_nopad_bin on MariaDB. Times are microseconds since 1970, UTC.

CREATE TABLE IF NOT EXISTS coupons
(
    id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    seller VARCHAR(20) CHARACTER SET utf8mb4 COLLATE {{collation}} NOT NULL,
    name VARCHAR(60) CHARACTER SET utf8mb4 COLLATE {{collation}} NOT NULL,
    amount INT NOT NULL,
    stock INT NOT NULL,
    description VARCHAR(60) CHARACTER SET utf8mb4 COLLATE {{collation}} NOT NULL,
    -- Units for which there is no row in claims. `left` is a reserved word.
    left_count INT NOT NULL,
    -- Queue entries consumed, and how often the stock in Redis was rebuilt: the drain's guards.
    drained BIGINT NOT NULL,
    epoch BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    UNIQUE KEY ux_coupons_seller_name (seller, name),
    CONSTRAINT ck_coupons_left CHECK (left_count BETWEEN 0 AND amount)
) ENGINE = InnoDB;

CREATE TABLE IF NOT EXISTS claims
(
    coupon_id BIGINT NOT NULL,
    username VARCHAR(20) CHARACTER SET utf8mb4 COLLATE {{collation}} NOT NULL,
    claimed_at BIGINT NOT NULL,
    PRIMARY KEY (coupon_id, username),
    KEY ix_claims_username (username)
) ENGINE = InnoDB;
