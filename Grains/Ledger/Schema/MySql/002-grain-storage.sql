-- Grain storage of Microsoft.Orleans.Persistence.AdoNet, for the accounts: its tables, and the statements that it runs. A write is one
-- statement on a unique key, so that of two registrations of one name, by whatever silos, one fails. Databases that an earlier version
-- created have stored procedures of Orleans in place of the statements, and keep them. Names of grains are ASCII, so the key fits.

CREATE TABLE IF NOT EXISTS OrleansQuery
(
    QueryKey VARCHAR(64) NOT NULL,
    QueryText VARCHAR(8000) NOT NULL,
    CONSTRAINT OrleansQuery_Key PRIMARY KEY (QueryKey)
);

CREATE TABLE IF NOT EXISTS OrleansStorage
(
    GrainIdHash INT NOT NULL,
    GrainIdN0 BIGINT NOT NULL,
    GrainIdN1 BIGINT NOT NULL,
    GrainTypeHash INT NOT NULL,
    GrainTypeString VARCHAR(512) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    GrainIdExtensionString VARCHAR(512) CHARACTER SET ascii COLLATE ascii_bin NULL,
    ServiceId VARCHAR(150) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    PayloadBinary BLOB NULL,
    ModifiedOn DATETIME NOT NULL,
    Version INT NULL,
    KEY IX_OrleansStorage (GrainIdHash, GrainTypeHash),
    UNIQUE KEY UX_OrleansStorage (GrainIdExtensionString, GrainIdN0, GrainIdN1, GrainTypeString, ServiceId)
);

-- An unchanged version in the answer means a conflict.
REPLACE INTO OrleansQuery (QueryKey, QueryText) VALUES
('ReadFromStorageKey', '
    SELECT PayloadBinary, UTC_TIMESTAMP(), Version FROM OrleansStorage
    WHERE GrainIdHash = @GrainIdHash AND GrainTypeHash = @GrainTypeHash AND GrainIdN0 = @GrainIdN0 AND GrainIdN1 = @GrainIdN1
        AND GrainTypeString = @GrainTypeString AND GrainIdExtensionString <=> @GrainIdExtensionString AND ServiceId = @ServiceId
    LIMIT 1;
'),
('WriteToStorageKey', '
    INSERT INTO OrleansStorage
        (GrainIdHash, GrainIdN0, GrainIdN1, GrainTypeHash, GrainTypeString, GrainIdExtensionString, ServiceId, PayloadBinary, ModifiedOn, Version)
    SELECT @GrainIdHash, @GrainIdN0, @GrainIdN1, @GrainTypeHash, @GrainTypeString, @GrainIdExtensionString, @ServiceId, @PayloadBinary, UTC_TIMESTAMP(), 1
    FROM DUAL
    WHERE @GrainStateVersion IS NULL OR EXISTS (
        SELECT 1 FROM OrleansStorage
        WHERE GrainIdHash = @GrainIdHash AND GrainTypeHash = @GrainTypeHash AND GrainIdN0 = @GrainIdN0 AND GrainIdN1 = @GrainIdN1
            AND GrainTypeString = @GrainTypeString AND GrainIdExtensionString <=> @GrainIdExtensionString AND ServiceId = @ServiceId)
    ON DUPLICATE KEY UPDATE
        PayloadBinary = IF(Version = @GrainStateVersion, @PayloadBinary, PayloadBinary),
        ModifiedOn = IF(Version = @GrainStateVersion, UTC_TIMESTAMP(), ModifiedOn),
        Version = IF(Version = @GrainStateVersion, Version + 1, Version);
    SELECT IF(ROW_COUNT() > 0, COALESCE(@GrainStateVersion, 0) + 1, @GrainStateVersion) AS NewGrainStateVersion;
'),
('ClearStorageKey', '
    UPDATE OrleansStorage SET PayloadBinary = NULL, ModifiedOn = UTC_TIMESTAMP(), Version = Version + 1
    WHERE GrainIdHash = @GrainIdHash AND GrainTypeHash = @GrainTypeHash AND GrainIdN0 = @GrainIdN0 AND GrainIdN1 = @GrainIdN1
        AND GrainTypeString = @GrainTypeString AND GrainIdExtensionString <=> @GrainIdExtensionString AND ServiceId = @ServiceId
        AND Version = @GrainStateVersion;
    SELECT IF(ROW_COUNT() > 0, @GrainStateVersion + 1, @GrainStateVersion) AS NewGrainStateVersion;
');
