-- Waiting lists: how many entries of a coupon's waitlog were drained, and who joined, left and was served.

ALTER TABLE coupons ADD COLUMN joins INTEGER NOT NULL DEFAULT 0;

ALTER TABLE coupons ADD COLUMN leaves INTEGER NOT NULL DEFAULT 0;

CREATE TABLE IF NOT EXISTS waiting
(
    coupon_id INTEGER NOT NULL,
    username TEXT NOT NULL,
    -- Where in line; of a customer who has joined again, the last one.
    no INTEGER NOT NULL,
    joined_at INTEGER NOT NULL,
    left_at INTEGER NULL,
    served_at INTEGER NULL,
    PRIMARY KEY (coupon_id, username)
) WITHOUT ROWID;

-- For what a customer waits for.
CREATE INDEX IF NOT EXISTS ix_waiting_username ON waiting (username);
