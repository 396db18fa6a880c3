-- Waiting lists: how many entries of a coupon's waitlog were drained, and who joined, left and was served.

ALTER TABLE coupons ADD COLUMN joins BIGINT NOT NULL DEFAULT 0;

ALTER TABLE coupons ADD COLUMN leaves BIGINT NOT NULL DEFAULT 0;

CREATE TABLE IF NOT EXISTS waiting
(
    coupon_id BIGINT NOT NULL,
    username VARCHAR(20) CHARACTER SET utf8mb4 COLLATE {{collation}} NOT NULL,
    -- Where in line; of a customer who has joined again, the last one.
    no BIGINT NOT NULL,
    joined_at BIGINT NOT NULL,
    left_at BIGINT NULL,
    served_at BIGINT NULL,
    PRIMARY KEY (coupon_id, username),
    -- For what a customer waits for.
    KEY ix_waiting_username (username)
) ENGINE = InnoDB;
