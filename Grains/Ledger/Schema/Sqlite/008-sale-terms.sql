-- A sale's window and its pause. Times in microseconds since 1970.

-- Terms: the first moment of the sale, and the first moment after it; null for none.
ALTER TABLE coupons ADD COLUMN starts_at INTEGER NULL;

ALTER TABLE coupons ADD COLUMN ends_at INTEGER NULL;

-- Latches, no terms: when the stock saw that start, and that end. Once set they hold, whatever a clock says, until the window is changed.
ALTER TABLE coupons ADD COLUMN opened_at INTEGER NULL;

ALTER TABLE coupons ADD COLUMN ended_at INTEGER NULL;

-- Terms: since when the seller has paused the sale; null while it is not paused.
ALTER TABLE coupons ADD COLUMN paused_at INTEGER NULL;

ALTER TABLE coupons ADD COLUMN paused_reason TEXT NULL;
