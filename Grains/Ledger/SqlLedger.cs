using System.Data.Common;
using System.Net.Sockets;
using Dapper;
using Microsoft.Extensions.Logging.Abstractions;

namespace SecKill.Grains.Ledger;

/// <summary>
/// The ledger over ADO.NET and Dapper. MySQL and SQLite differ in a few words only; those are abstract here. This file connects;
/// <c>SqlLedger.Coupons.cs</c> creates and reads, <c>SqlLedger.Drain.cs</c> writes what the outbox relay brings, <c>SqlLedger.Feed.cs</c> reads it in order.
/// </summary>
public abstract partial class SqlLedger : ILedger
{
    /// <summary>How long bringing the schema up to date may take in all; large tables take long.</summary>
    public static readonly TimeSpan UpgradeTimeout = TimeSpan.FromMinutes(10);

    private const int ConflictAttempts = 4;

    private readonly TimeSpan _timeout;
    private readonly ILogger _logger;

    /// <summary>Makes a ledger; nothing is opened yet.</summary>
    /// <param name="timeout">How long a unit of work may take in all; null for a minute.</param>
    /// <param name="time">The clock of epochs, creation times and timeouts; null for the system's.</param>
    /// <param name="logger">Logs upgrades; null for no logs.</param>
    protected SqlLedger(TimeSpan? timeout, TimeProvider? time, ILogger<SqlLedger>? logger)
    {
        _timeout = timeout ?? TimeSpan.FromMinutes(1);
        Time = time ?? TimeProvider.System;
        _logger = logger ?? NullLogger<SqlLedger>.Instance;
    }

    /// <summary>The clock of epochs, creation times and timeouts.</summary>
    protected TimeProvider Time { get; }

    /// <summary>How Orleans' grain storage reaches the same database: its ADO.NET provider, and the connection string.</summary>
    public abstract (string Invariant, string ConnectionString) GrainStorage { get; }

    /// <summary>Microseconds since 1970.</summary>
    private long Now => (Time.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;

    /// <summary>A connection, not opened yet.</summary>
    protected abstract DbConnection NewConnection();

    /// <summary>Sets up a connection that was just opened.</summary>
    protected virtual Task SetUpAsync(DbConnection connection, CancellationToken cancellation) => Task.CompletedTask;

    /// <summary>Whether a fault says that a row of that key exists.</summary>
    protected abstract bool IsDuplicateKey(DbException fault);

    /// <summary>Whether a fault says that another transaction was preferred: nothing was written, and it can be tried again.</summary>
    protected abstract bool IsConflict(DbException fault);

    /// <summary>What a SELECT ends with that locks the row for a change; empty where the transaction locks all.</summary>
    protected abstract string ForUpdate { get; }

    /// <summary>Whether a fault is the server's answer, a refusal, and not the lack of one.</summary>
    protected virtual bool IsRefusal(DbException fault) => fault.SqlState is not null;

    /// <summary>Appended to an INSERT so that rows that exist are passed over and not counted.</summary>
    protected abstract string OnDuplicateIgnore { get; }

    /// <inheritdoc/>
    public abstract Task PrepareAsync(CancellationToken cancellation, Func<Task>? crossing = null);

    /// <inheritdoc/>
    public Task PingAsync(CancellationToken cancellation) => RunAsync(
        // Matches no row; but a read-only server refuses it, unlike a SELECT.
        connection => connection.ExecuteAsync(new CommandDefinition(
            "UPDATE schema_version SET applied_at = applied_at WHERE version = 0", cancellationToken: cancellation)),
        cancellation);

    /// <summary>Opens a connection.</summary>
    protected async Task<DbConnection> OpenAsync(CancellationToken cancellation)
    {
        var connection = NewConnection();
        try
        {
            await connection.OpenAsync(cancellation);
            await SetUpAsync(connection, cancellation);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    /// <summary>Tries a transaction again that lost a deadlock or waited too long for a lock. The fourth fault is the caller's.</summary>
    private async Task<T> RetryConflictsAsync<T>(Func<Task<T>> transaction)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await transaction();
            }
            catch (DbException fault) when (attempt < ConflictAttempts && IsConflict(fault))
            {
            }
        }
    }

    /// <summary>Runs work on a connection of its own, with one exception for a database that does not answer, or refuses.</summary>
    protected async Task<T> RunAsync<T>(Func<DbConnection, Task<T>> work, CancellationToken cancellation = default)
    {
        try
        {
            // On the pool: SQLite works synchronously, disk waits included, and would block a grain's turn. Bounded as a whole:
            // MySqlConnector has no timeout for BEGIN, so a server that vanishes then would block every coupon's relay for as long as
            // TCP waits. Timed-out work may still commit. That is harmless: a relay is fenced by position and epoch, after a new epoch
            // the next relay reconciles, and a new coupon has its reminder. A return that commits later than its wake-up waits (that takes
            // a transaction of many long waits) is finished by the coupon's next relay, by its repeat, or by a silo's start.
            return await Task.Run(
                async () =>
                {
                    await using var connection = await OpenAsync(cancellation);
                    return await work(connection);
                },
                cancellation).WaitAsync(_timeout, Time, cancellation);
        }
        // The last two: MySqlConnector lets them through bare where the server dies during a BEGIN, COMMIT or ROLLBACK.
        catch (Exception fault) when (fault is DbException or TimeoutException or IOException or SocketException)
        {
            throw new UnavailableException($"SQL {(fault is DbException answer && IsRefusal(answer) ? "refused" : "did not answer")}: {fault.Message}");
        }
    }
}
