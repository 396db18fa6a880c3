using System.Data.Common;
using Dapper;
using MySqlConnector;

namespace SecKill.Grains.Ledger;

/// <summary>The ledger on MySQL 8 or MariaDB 10.11 and newer.</summary>
/// <param name="connectionString">As MySqlConnector takes it; <c>Database</c> is needed and created where it is missing.</param>
/// <param name="timeout">How long a unit of work may take in all; null for a minute.</param>
/// <param name="time">The clock; null for the system's.</param>
/// <param name="logger">Logs upgrades; null for no logs.</param>
public sealed class MySqlLedger(string connectionString, TimeSpan? timeout = null, TimeProvider? time = null, ILogger<SqlLedger>? logger = null)
    : SqlLedger(timeout, time, logger)
{
    // In seconds, and repeated: so a server that does not answer shows soon, however long another silo's upgrade takes.
    private const int LockWait = 5;

    private readonly string _connectionString = Complete(connectionString);

    /// <inheritdoc/>
    public override (string Invariant, string ConnectionString) GrainStorage => ("MySql.Data.MySqlConnector", _connectionString);

    /// <inheritdoc/>
    protected override string OnDuplicateIgnore => "ON DUPLICATE KEY UPDATE coupon_id = coupon_id";

    /// <inheritdoc/>
    /// <remarks>From left to right, each with what was assigned before: so the number comes last.</remarks>
    protected override string OnRejoin =>
        "ON DUPLICATE KEY UPDATE joined_at = IF(VALUES(no) > no, VALUES(joined_at), joined_at), left_at = IF(VALUES(no) > no, NULL, left_at), " +
        "served_at = IF(VALUES(no) > no, NULL, served_at), no = GREATEST(no, VALUES(no))";

    /// <summary>Adds to a connection string what the ledger and the grain storage rely on.</summary>
    public static string Complete(string connectionString)
    {
        var builder = new MySqlConnectionStringBuilder(connectionString)
        {
            // Counts changed rows, not found ones: a row that was there already must count 0, and so must a conflict in grain storage (ROW_COUNT).
            UseAffectedRows = true,
            CharacterSet = "utf8mb4",
        };
        // Shorter than the library's, unless the operator says otherwise: customers wait for the answer.
        if (!builder.ContainsKey("Default Command Timeout"))
            builder.DefaultCommandTimeout = 10;
        if (!builder.ContainsKey("Connection Timeout"))
            builder.ConnectionTimeout = 5;
        // A vanished server must not hold a pooled connection for TCP keep-alive's default of two hours.
        if (!builder.ContainsKey("Keepalive"))
            builder.Keepalive = 10;
        return builder.ConnectionString;
    }

    /// <inheritdoc/>
    public override async Task PrepareAsync(CancellationToken cancellation, Func<Task>? crossing = null)
    {
        var target = new MySqlConnectionStringBuilder(_connectionString);
        var database = target.Database;
        target.Database = "";
        await using var connection = new MySqlConnection(target.ConnectionString);
        await connection.OpenAsync(cancellation);
        await SchemaUpgrade.ExecuteAsync(connection, $"CREATE DATABASE IF NOT EXISTS `{database.Replace("`", "``", StringComparison.Ordinal)}`", cancellation);
        await connection.ChangeDatabaseAsync(database, cancellation);

        await TakeUpgradeLockAsync(connection, cancellation);
        try
        {
            await SchemaUpgrade.RunAsync(connection, "MySql", Words(connection), Time, cancellation, Steps(connection, cancellation), crossing: crossing);
        }
        finally
        {
            await SchemaUpgrade.ExecuteAsync(connection, "DO RELEASE_LOCK(LEFT(CONCAT('seckill-schema ', DATABASE()), 64))", CancellationToken.None);
        }
    }

    /// <summary>What differs between the two servers: their names for a collation that compares every byte, trailing spaces too.</summary>
    internal static Dictionary<string, string> Words(DbConnection connection)
    {
        var mariaDb = connection.ServerVersion.Contains("MariaDB", StringComparison.OrdinalIgnoreCase);
        return new Dictionary<string, string> { ["collation"] = mariaDb ? "utf8mb4_nopad_bin" : "utf8mb4_0900_bin" };
    }

    /// <summary>Silos start together; one of them upgrades, the others wait here and find it done.</summary>
    private static async Task TakeUpgradeLockAsync(DbConnection connection, CancellationToken cancellation)
    {
        var take = new CommandDefinition(
            "SELECT GET_LOCK(LEFT(CONCAT('seckill-schema ', DATABASE()), 64), @LockWait)", new { LockWait }, commandTimeout: 2 * LockWait, cancellationToken: cancellation);
        for (var waited = TimeSpan.Zero; waited < UpgradeTimeout; waited += TimeSpan.FromSeconds(LockWait))
        {
            if (await connection.ExecuteScalarAsync<long>(take) == 1)
                return;
        }
        throw new TimeoutException($"Another silo has been upgrading the schema for {UpgradeTimeout.TotalMinutes:0} minutes.");
    }

    /// <inheritdoc/>
    protected override DbConnection NewConnection() => new MySqlConnection(_connectionString);

    /// <inheritdoc/>
    protected override string ForUpdate => "FOR UPDATE";

    /// <inheritdoc/>
    protected override string ByNumber => "FORCE INDEX (ix_claims_seq)";

    /// <inheritdoc/>
    /// <remarks>Not UNIX_TIMESTAMP, which reads a local time that a change of the clocks in autumn has twice.</remarks>
    protected override string Clock => "TIMESTAMPDIFF(MICROSECOND, '1970-01-01', UTC_TIMESTAMP(6))";

    /// <inheritdoc/>
    protected override bool IsConflict(DbException fault) =>
        fault is MySqlException { ErrorCode: MySqlErrorCode.LockDeadlock or MySqlErrorCode.LockWaitTimeout };

    /// <inheritdoc/>
    protected override bool IsDuplicateKey(DbException fault) => fault is MySqlException { ErrorCode: MySqlErrorCode.DuplicateKeyEntry };
}
