-- Whose ledger this is: one row, written by the first start on it; only the protocol number (006) changes.

CREATE TABLE IF NOT EXISTS deployment
(
    only_row INTEGER PRIMARY KEY,
    -- Random, as hexadecimal; Redis holds it too, so that stock of another ledger is not sold.
    id TEXT NOT NULL,
    -- The setting Cluster:ServiceId.
    service_id TEXT NOT NULL,
    created_at INTEGER NOT NULL
);
