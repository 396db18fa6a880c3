using System.Data.Common;
using System.Globalization;
using System.Net.Sockets;
using System.Security.Cryptography;
using SecKill.Grains.Interfaces;
using SecKill.Grains.Interfaces.Coupons;

namespace SecKill.Grains.Ledger;

/// <summary>
/// The ledger over ADO.NET. MySQL and SQLite differ in a few words only; those are abstract here. <c>SqlLedger.Drain.cs</c>
/// writes what is drained.
/// </summary>
public abstract partial class SqlLedger : ILedger
{
    private const string CouponColumns = "id, identity, seller, name, amount, stock, description, left_count, drained, epoch";
    private const string Claims = "(SELECT COUNT(*) FROM claims WHERE coupon_id = coupons.id)";
    private const string CountedColumns = $"{CouponColumns}, {Claims}";

    /// <summary>Claims of one coupon, and none where its row is another's.</summary>
    private const string IsOf = "coupon_id = @coupon AND EXISTS (SELECT 1 FROM coupons WHERE id = @coupon AND identity = @identity)";

    /// <summary>How long bringing the schema up to date may take in all; large tables take long.</summary>
    public static readonly TimeSpan UpgradePatience = TimeSpan.FromMinutes(10);

    private readonly TimeSpan _patience;

    /// <summary>Microseconds since 1970.</summary>
    private static long Now => (DateTime.UtcNow - DateTime.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;

    /// <summary>Makes a ledger; nothing is opened yet.</summary>
    /// <param name="patience">How long a piece of work may take in all; null for a minute.</param>
    protected SqlLedger(TimeSpan? patience) => _patience = patience ?? TimeSpan.FromMinutes(1);

    /// <summary>A connection, not opened yet.</summary>
    protected abstract DbConnection NewConnection();

    /// <summary>Sets up a connection that was just opened.</summary>
    protected virtual Task SetUpAsync(DbConnection connection, CancellationToken cancellation) => Task.CompletedTask;

    /// <summary>Whether a fault says that a row of that key exists.</summary>
    protected abstract bool IsDuplicateKey(DbException fault);

    /// <summary>Whether a fault is the server's answer, a refusal, and not the want of one.</summary>
    protected virtual bool IsRefusal(DbException fault) => fault.SqlState is not null;

    /// <summary>Appended to an INSERT so that rows that exist are passed over and not counted.</summary>
    protected abstract string OnDuplicateIgnore { get; }

    /// <inheritdoc/>
    public abstract Task PrepareAsync(CancellationToken cancellation);

    /// <inheritdoc/>
    public Task PingAsync(CancellationToken cancellation) => RunAsync(async connection =>
    {
        // No row is of that version; but a server that takes no writes refuses, which it does not for a SELECT.
        await using var command = Command(connection, "UPDATE schema_version SET applied_at = applied_at WHERE version = 0");
        return await command.ExecuteNonQueryAsync(cancellation);
    }, cancellation);

    /// <inheritdoc/>
    public Task<LedgerCoupon?> CreateAsync(CouponId id, CouponTerms terms, long? identity = null) => RunAsync(async connection =>
    {
        await using var command = Command(
            connection,
            "INSERT INTO coupons (identity, seller, name, amount, stock, description, left_count, drained, epoch, created_at) " +
            "VALUES (@identity, @seller, @name, @amount, @stock, @description, @amount, 0, 0, @now)",
            ("identity", identity ?? NewIdentity()), ("seller", id.Seller.Value), ("name", id.Name.Value), ("amount", terms.Amount), ("stock", terms.Stock),
            ("description", terms.Description), ("now", Now));
        try
        {
            await command.ExecuteNonQueryAsync();
        }
        catch (DbException fault) when (IsDuplicateKey(fault))
        {
            return null;
        }
        return await FindAsync(connection, id);
    });

    /// <inheritdoc/>
    public Task<LedgerCoupon?> FindAsync(CouponId id) => RunAsync(connection => FindAsync(connection, id));

    /// <inheritdoc/>
    public Task<IReadOnlyList<LedgerCoupon>> CouponsOfAsync(IReadOnlyList<string> sellers) => RunAsync(connection =>
    {
        var command = Command(connection, "");
        command.CommandText = $"SELECT {CouponColumns} FROM coupons WHERE seller IN {AddParameters(command, sellers)} ORDER BY id";
        return ReadAllAsync(command, ReadCoupon);
    });

    /// <inheritdoc/>
    public Task<IReadOnlyList<LedgerCoupon>> UnfinishedAsync(long belowId, int count) => RunAsync(connection => ReadAllAsync(
        Command(
            connection,
            $"SELECT {CouponColumns} FROM coupons WHERE left_count > 0 AND id < @below ORDER BY id DESC LIMIT @count",
            ("below", belowId), ("count", count)),
        ReadCoupon));

    /// <inheritdoc/>
    public Task<IReadOnlyList<LedgerCoupon>> CouponsAsync(long belowId, int count) => RunAsync(connection => ReadAllAsync(
        Command(
            connection, $"SELECT {CouponColumns} FROM coupons WHERE id < @below ORDER BY id DESC LIMIT @count", ("below", belowId), ("count", count)),
        ReadCoupon));

    /// <inheritdoc/>
    public Task<CountedCoupon?> CountedAsync(CouponId id) => RunAsync(connection => CountedAsync(connection, id));

    /// <inheritdoc/>
    public Task<IReadOnlyList<CountedCoupon>> CountedAsync(long belowId, int count) => RunAsync(connection => ReadAllAsync(
        Command(
            connection, $"SELECT {CountedColumns} FROM coupons WHERE id < @below ORDER BY id DESC LIMIT @count",
            ("below", belowId), ("count", count)),
        ReadCounted));

    /// <inheritdoc/>
    public Task<IReadOnlyList<LedgerClaim>> ClaimsOfAsync(IReadOnlyList<string> users) => RunAsync(connection =>
    {
        var command = Command(connection, "");
        command.CommandText =
            "SELECT username, seller, name, claimed_at FROM claims JOIN coupons ON coupons.id = claims.coupon_id " +
            $"WHERE username IN {AddParameters(command, users)}";
        return ReadAllAsync(command, row => new LedgerClaim(row.GetString(0), CouponId.Known(row.GetString(1), row.GetString(2)), row.GetInt64(3)));
    });

    /// <inheritdoc/>
    public Task<LedgerCoupon?> BeginEpochAsync(CouponId id, long seen) => RunAsync(async connection =>
    {
        // One statement, so one transaction: whatever is drained afterwards belongs to the new epoch. Counted, because
        // a row that was added or removed by hand would otherwise make queue and ledger differ for ever. By the clock, because
        // a ledger that fell back has an earlier epoch than drains that are under way, and Redis may have lost its own too.
        await using var command = Command(
            connection,
            $"UPDATE coupons SET epoch = CASE WHEN epoch < @least THEN @least ELSE epoch + 1 END, drained = {Claims}, " +
            $"left_count = amount - {Claims} WHERE seller = @seller AND name = @name AND amount >= {Claims}",
            ("least", Math.Max(seen + 1, Now)), ("seller", id.Seller.Value), ("name", id.Name.Value));
        if (await command.ExecuteNonQueryAsync() > 0)
            return await FindAsync(connection, id);
        return await CountedAsync(connection, id) is { } refused ? throw Unrebuildable.TooManyClaims(refused) : null;
    });

    /// <inheritdoc/>
    public Task<IReadOnlyList<string>> OwnersAsync(LedgerKey coupon, string after, int count) => RunAsync(connection => ReadAllAsync(
        Command(
            connection,
            $"SELECT username FROM claims WHERE {IsOf} AND username > @after ORDER BY username LIMIT @count",
            ("coupon", coupon.Id), ("identity", coupon.Identity), ("after", after), ("count", count)),
        row => row.GetString(0)));

    /// <inheritdoc/>
    public Task<bool> HasAllAsync(LedgerKey coupon, IReadOnlyList<string> users) => RunAsync(async connection =>
    {
        await using var command = Command(connection, "", ("coupon", coupon.Id), ("identity", coupon.Identity));
        command.CommandText = $"SELECT COUNT(*) FROM claims WHERE {IsOf} AND username IN {AddParameters(command, users)}";
        return Convert.ToInt64(await command.ExecuteScalarAsync(), CultureInfo.InvariantCulture) == users.Count;
    });

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

    /// <summary>Runs a piece of work on a connection of its own, and says so in one way where the database does not answer, or refuses.</summary>
    protected async Task<T> RunAsync<T>(Func<DbConnection, Task<T>> work, CancellationToken cancellation = default)
    {
        try
        {
            // On the pool: SQLite does all its work on the caller's thread, waiting for the disk too, and a grain's turn
            // must not last that long. Bounded as a whole: MySqlConnector puts no time-out on a BEGIN, so a server that
            // vanishes just then would be waited for as long as TCP does, and every coupon's drain behind it. What is given
            // up may still commit. That is harmless: for a drain by position and epoch, for a new epoch as the next drain reconciles,
            // for a new coupon by its reminder.
            return await Task.Run(
                async () =>
                {
                    await using var connection = await OpenAsync(cancellation);
                    return await work(connection);
                },
                cancellation).WaitAsync(_patience, cancellation);
        }
        // The last two: what MySqlConnector lets through bare where the server dies during a BEGIN, COMMIT or ROLLBACK.
        catch (Exception fault) when (fault is DbException or TimeoutException or IOException or SocketException)
        {
            throw new UnavailableException($"SQL {(fault is DbException answer && IsRefusal(answer) ? "refused" : "did not answer")}: {fault.Message}");
        }
    }

    /// <summary>Makes a command with parameters.</summary>
    protected static DbCommand Command(DbConnection connection, string text, params ReadOnlySpan<(string Name, object Value)> parameters)
    {
        var command = connection.CreateCommand();
#pragma warning disable CA2100 // Texts are put together from constants and numbers; every name is a parameter.
        command.CommandText = text;
#pragma warning restore CA2100
        foreach (var (name, value) in parameters)
            AddParameter(command, name, value);
        return command;
    }

    /// <summary>Adds a parameter.</summary>
    /// <returns>How the command's text names it.</returns>
    private static string AddParameter(DbCommand command, string name, object value)
    {
        var parameter = command.CreateParameter();
        parameter.ParameterName = name;
        parameter.Value = value;
        command.Parameters.Add(parameter);
        return $"@{name}";
    }

    /// <summary>Adds names as parameters.</summary>
    /// <returns>The list of them for the command's text.</returns>
    private static string AddParameters(DbCommand command, IReadOnlyList<string> names) =>
        $"({string.Join(',', names.Select((name, i) => AddParameter(command, $"n{i}", name)))})";

    private static async Task<LedgerCoupon?> FindAsync(DbConnection connection, CouponId id)
    {
        var rows = await ReadAllAsync(
            Command(
                connection, $"SELECT {CouponColumns} FROM coupons WHERE seller = @seller AND name = @name",
                ("seller", id.Seller.Value), ("name", id.Name.Value)),
            ReadCoupon);
        return rows.Count == 0 ? null : rows[0];
    }

    private static async Task<CountedCoupon?> CountedAsync(DbConnection connection, CouponId id)
    {
        var rows = await ReadAllAsync(
            Command(
                connection, $"SELECT {CountedColumns} FROM coupons WHERE seller = @seller AND name = @name",
                ("seller", id.Seller.Value), ("name", id.Name.Value)),
            ReadCounted);
        return rows.Count == 0 ? null : rows[0];
    }

    private static LedgerCoupon ReadCoupon(DbDataReader row) => new(
        new LedgerKey(row.GetInt64(0), row.GetInt64(1)),
        CouponId.Known(row.GetString(2), row.GetString(3)),
        new CouponTerms(row.GetInt32(4), row.GetInt32(5), row.GetString(6)),
        row.GetInt32(7), row.GetInt64(8), row.GetInt64(9));

    private static CountedCoupon ReadCounted(DbDataReader row) => new(ReadCoupon(row), row.GetInt64(10));

    /// <summary>63 random bits: so many coupons that two of them meet are sold in no lifetime.</summary>
    private static long NewIdentity() => BitConverter.ToInt64(RandomNumberGenerator.GetBytes(sizeof(long))) & long.MaxValue;

    private static async Task<IReadOnlyList<T>> ReadAllAsync<T>(DbCommand command, Func<DbDataReader, T> read)
    {
        await using (command)
        {
            await using var reader = await command.ExecuteReaderAsync();
            var rows = new List<T>();
            while (await reader.ReadAsync())
                rows.Add(read(reader));
            return rows;
        }
    }
}
