using System.Data.Common;
using Microsoft.Data.Sqlite;

namespace SecKill.Grains.Ledger;

/// <summary>The ledger on SQLite, for the embedded mode.</summary>
public sealed class SqliteLedger(string file, TimeProvider? time = null, ILogger<SqlLedger>? logger = null) : SqlLedger(timeout: null, time, logger)
{
    private const int ConstraintViolated = 19;

    private readonly string _connectionString = ConnectionString(file, pooling: true);

    /// <inheritdoc/>
    public override (string Invariant, string ConnectionString) GrainStorage => ("System.Data.SQLite", ConnectionString(file, pooling: false));

    /// <inheritdoc/>
    protected override string OnDuplicateIgnore => "ON CONFLICT DO NOTHING";

    /// <inheritdoc/>
    protected override string OnRejoin =>
        "ON CONFLICT (coupon_id, username) DO UPDATE SET no = excluded.no, joined_at = excluded.joined_at, left_at = NULL, served_at = NULL WHERE excluded.no > waiting.no";

    /// <inheritdoc/>
    /// <exception cref="ConfigurationException">The file cannot be used.</exception>
    public override async Task PrepareAsync(CancellationToken cancellation, Func<Task>? crossing = null)
    {
        try
        {
            await UpgradeAsync(crossing, cancellation);
        }
        catch (SqliteException fault)
        {
            throw new ConfigurationException($"Data:Folder: '{file}' cannot be used: {fault.Message}", fault);
        }
    }

    /// <summary>How to open a database file of ours.</summary>
    /// <param name="file">The file's path.</param>
    /// <param name="pooling">
    /// Off for grain storage: statements of earlier versions hold transactions as text, and a failed one would stay open in a pooled
    /// connection.
    /// </param>
    public static string ConnectionString(string file, bool pooling) =>
        new SqliteConnectionStringBuilder { DataSource = file, Pooling = pooling, DefaultTimeout = 10 }.ConnectionString;

    private async Task UpgradeAsync(Func<Task>? crossing, CancellationToken cancellation)
    {
        await using var connection = await OpenAsync(cancellation);
        await SchemaUpgrade.ExecuteAsync(connection, "PRAGMA journal_mode = WAL", cancellation);
        // A write, so that a file that cannot be written is found now and not at the first claim.
        await SchemaUpgrade.ExecuteAsync(connection, "PRAGMA user_version = 0", cancellation);
        await SchemaUpgrade.RunAsync(connection, "Sqlite", [], Time, cancellation, Steps(connection, cancellation), crossing: crossing);
    }

    /// <inheritdoc/>
    protected override DbConnection NewConnection() => new SqliteConnection(_connectionString);

    /// <inheritdoc/>
    protected override Task SetUpAsync(DbConnection connection, CancellationToken cancellation) =>
        // The relay removes committed claims from Redis, so a commit must be on disk.
        SchemaUpgrade.ExecuteAsync(connection, "PRAGMA synchronous = FULL", cancellation);

    /// <inheritdoc/>
    /// <remarks>It is in this process, so every fault is an answer.</remarks>
    protected override bool IsRefusal(DbException fault) => true;

    /// <inheritdoc/>
    /// <remarks>A transaction begins with the lock of the whole file.</remarks>
    protected override string ForUpdate => "";

    /// <inheritdoc/>
    protected override string ByNumber => "INDEXED BY ix_claims_seq";

    /// <inheritdoc/>
    /// <remarks>It is in this process, and so is its clock.</remarks>
    protected override string Clock => "@Now";

    /// <inheritdoc/>
    /// <remarks>It waits for the lock within the connection's timeout; after that, waiting again would take too long.</remarks>
    protected override bool IsConflict(DbException fault) => false;

    /// <inheritdoc/>
    protected override bool IsDuplicateKey(DbException fault) => fault is SqliteException { SqliteErrorCode: ConstraintViolated };
}
