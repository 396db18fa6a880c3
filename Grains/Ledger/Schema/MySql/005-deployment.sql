-- Whose ledger this is: one row, written by the first silo that starts on it; only the protocol number (006) changes.

CREATE TABLE IF NOT EXISTS deployment
(
    only_row INT NOT NULL PRIMARY KEY,
    -- Random, as hexadecimal; Redis holds it too, so that stock of another ledger is not sold.
    id VARCHAR(32) CHARACTER SET utf8mb4 COLLATE {{collation}} NOT NULL,
    -- The setting Cluster:ServiceId.
    service_id VARCHAR(150) CHARACTER SET utf8mb4 COLLATE {{collation}} NOT NULL,
    created_at BIGINT NOT NULL
) ENGINE = InnoDB;
