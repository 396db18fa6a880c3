using System.Data.Common;
using System.Globalization;
using System.Net.Sockets;
using System.Text;
using SecKill.Grains.Interfaces;
using SecKill.Grains.Interfaces.Coupons;

namespace SecKill.Grains.Ledger;

/// <summary>The ledger over ADO.NET. MySQL and SQLite differ in a few words only; those are abstract here.</summary>
public abstract class SqlLedger : ILedger
{
    private const string CouponColumns = "id, seller, name, amount, stock, description, left_count, drained, epoch";

    /// <summary>Opens a connection.</summary>
    protected abstract Task<DbConnection> OpenAsync(CancellationToken cancellation);

    /// <summary>Whether a fault says that a row of that key exists.</summary>
    protected abstract bool IsDuplicateKey(DbException fault);

    /// <summary>Appended to an INSERT so that rows that exist are passed over and not counted.</summary>
    protected abstract string OnDuplicateIgnore { get; }

    /// <inheritdoc/>
    public abstract Task PrepareAsync(CancellationToken cancellation);

    /// <inheritdoc/>
    public Task PingAsync(CancellationToken cancellation) => RunAsync(async connection =>
    {
        await using var command = Command(connection, "SELECT 1");
        return await command.ExecuteScalarAsync(cancellation);
    }, cancellation);

    /// <inheritdoc/>
    public Task<LedgerCoupon?> CreateAsync(CouponId id, CouponTerms terms) => RunAsync(async connection =>
    {
        await using var command = Command(
            connection,
            "INSERT INTO coupons (seller, name, amount, stock, description, left_count, drained, epoch, created_at) " +
            "VALUES (@seller, @name, @amount, @stock, @description, @amount, 0, 0, @now)",
            ("seller", id.Seller), ("name", id.Name), ("amount", terms.Amount), ("stock", terms.Stock),
            ("description", terms.Description), ("now", DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() * 1000));
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
    public Task<IReadOnlyList<LedgerCoupon>> CouponsOfAsync(string seller) => RunAsync(connection => ReadAllAsync(
        Command(connection, $"SELECT {CouponColumns} FROM coupons WHERE seller = @seller ORDER BY id", ("seller", seller)), ReadCoupon));

    /// <inheritdoc/>
    public Task<IReadOnlyList<LedgerCoupon>> UnfinishedAsync(long belowId, int count) => RunAsync(connection => ReadAllAsync(
        Command(
            connection,
            $"SELECT {CouponColumns} FROM coupons WHERE left_count > 0 AND id < @below ORDER BY id DESC LIMIT @count",
            ("below", belowId), ("count", count)),
        ReadCoupon));

    /// <inheritdoc/>
    public Task<IReadOnlyList<LedgerClaim>> ClaimsOfAsync(string username) => RunAsync(connection => ReadAllAsync(
        Command(
            connection,
            "SELECT seller, name, claimed_at FROM claims JOIN coupons ON coupons.id = claims.coupon_id WHERE username = @username",
            ("username", username)),
        row => new LedgerClaim(new CouponId(row.GetString(0), row.GetString(1)), row.GetInt64(2))));

    /// <inheritdoc/>
    public Task<LedgerCoupon?> BeginEpochAsync(CouponId id) => RunAsync(async connection =>
    {
        // One statement, so one transaction: whatever is drained afterwards belongs to the new epoch. The position
        // becomes the number of rows, which it differs from only where queue and ledger had diverged.
        await using var command = Command(
            connection,
            "UPDATE coupons SET epoch = epoch + 1, drained = amount - left_count WHERE seller = @seller AND name = @name",
            ("seller", id.Seller), ("name", id.Name));
        await command.ExecuteNonQueryAsync();
        return await FindAsync(connection, id);
    });

    /// <inheritdoc/>
    public Task<IReadOnlyList<string>> OwnersAsync(long couponId, string after, int count) => RunAsync(connection => ReadAllAsync(
        Command(
            connection,
            "SELECT username FROM claims WHERE coupon_id = @coupon AND username > @after ORDER BY username LIMIT @count",
            ("coupon", couponId), ("after", after), ("count", count)),
        row => row.GetString(0)));

    /// <inheritdoc/>
    public Task<IReadOnlyList<DrainResult>> DrainAsync(IReadOnlyList<DrainBatch> batches) => RunAsync(async connection =>
    {
        if (await TryDrainTogetherAsync(connection, batches))
            return [.. batches.Select(batch => new DrainResult(true, batch.Entries.Count, 0, 0))];
        // One of them is not as expected, and must not hold up the others.
        var results = new DrainResult[batches.Count];
        for (var i = 0; i < results.Length; i++)
            results[i] = await DrainAloneAsync(connection, batches[i]);
        return (IReadOnlyList<DrainResult>)results;
    });

    /// <summary>Runs a piece of work on a connection of its own, and says so in one way where the database does not answer.</summary>
    protected async Task<T> RunAsync<T>(Func<DbConnection, Task<T>> work, CancellationToken cancellation = default)
    {
        try
        {
            // On the pool: SQLite does all its work on the caller's thread, waiting for the disk too, and a grain's turn
            // must not last that long.
            return await Task.Run(
                async () =>
                {
                    await using var connection = await OpenAsync(cancellation);
                    return await work(connection);
                },
                cancellation);
        }
        // The last two: what MySqlConnector lets through bare where the server dies during a BEGIN, COMMIT or ROLLBACK.
        catch (Exception fault) when (fault is DbException or TimeoutException or IOException or SocketException)
        {
            throw new UnavailableException($"SQL did not answer: {fault.Message}", fault);
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
        {
            var parameter = command.CreateParameter();
            parameter.ParameterName = name;
            parameter.Value = value;
            command.Parameters.Add(parameter);
        }
        return command;
    }

    private static async Task<LedgerCoupon?> FindAsync(DbConnection connection, CouponId id)
    {
        var rows = await ReadAllAsync(
            Command(
                connection, $"SELECT {CouponColumns} FROM coupons WHERE seller = @seller AND name = @name",
                ("seller", id.Seller), ("name", id.Name)),
            ReadCoupon);
        return rows.Count == 0 ? null : rows[0];
    }

    private static LedgerCoupon ReadCoupon(DbDataReader row) => new(
        row.GetInt64(0),
        new CouponId(row.GetString(1), row.GetString(2)),
        new CouponTerms(row.GetInt32(3), row.GetInt32(4), row.GetString(5)),
        row.GetInt32(6), row.GetInt64(7), row.GetInt64(8));

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

    /// <summary>The usual case: every batch as expected, all written by one UPDATE and one INSERT. Else nothing is written.</summary>
    private async Task<bool> TryDrainTogetherAsync(DbConnection connection, IReadOnlyList<DrainBatch> batches)
    {
        await using var transaction = await connection.BeginTransactionAsync();
        var counts = new StringBuilder("CASE id");
        var expected = new StringBuilder();
        foreach (var batch in batches)
        {
            counts.Append(CultureInfo.InvariantCulture, $" WHEN {batch.LedgerId} THEN {batch.Entries.Count}");
            expected.Append(expected.Length == 0 ? "" : " OR ").Append(
                CultureInfo.InvariantCulture,
                $"(id = {batch.LedgerId} AND epoch = {batch.Epoch} AND drained = {batch.Position} AND left_count >= {batch.Entries.Count})");
        }
        counts.Append(" END");
        await using var update = Command(
            connection, $"UPDATE coupons SET drained = drained + {counts}, left_count = left_count - {counts} WHERE {expected}");
        update.Transaction = transaction;
        var moved = await update.ExecuteNonQueryAsync();
        var inserted = moved == batches.Count ? await InsertAsync(connection, transaction, batches) : -1;
        if (inserted != batches.Sum(batch => batch.Entries.Count))
        {
            await transaction.RollbackAsync();
            return false;
        }
        await transaction.CommitAsync();
        return true;
    }

    private async Task<DrainResult> DrainAloneAsync(DbConnection connection, DrainBatch batch)
    {
        await using var transaction = await connection.BeginTransactionAsync();
        await using var move = Command(
            connection, "UPDATE coupons SET drained = drained + @count WHERE id = @id AND epoch = @epoch AND drained = @position",
            ("count", batch.Entries.Count), ("id", batch.LedgerId), ("epoch", batch.Epoch), ("position", batch.Position));
        move.Transaction = transaction;
        if (await move.ExecuteNonQueryAsync() == 0)
        {
            await using var read = Command(connection, "SELECT epoch, drained FROM coupons WHERE id = @id", ("id", batch.LedgerId));
            read.Transaction = transaction;
            await using var row = await read.ExecuteReaderAsync();
            return await row.ReadAsync()
                ? new DrainResult(false, 0, row.GetInt64(0), row.GetInt64(1))
                : new DrainResult(false, 0, -1, -1);
        }
        var inserted = await InsertAsync(connection, transaction, [batch]);
        await using var lower = Command(
            connection, "UPDATE coupons SET left_count = left_count - @inserted WHERE id = @id AND left_count >= @inserted",
            ("inserted", inserted), ("id", batch.LedgerId));
        lower.Transaction = transaction;
        if (await lower.ExecuteNonQueryAsync() == 0 && inserted > 0)
        {
            // More claims than pieces: refused, so that the coupon is reconciled. A violated constraint would throw
            // instead, time and again, and hold up every coupon that is written together with this one.
            await transaction.RollbackAsync();
            return new DrainResult(false, 0, batch.Epoch, batch.Position);
        }
        await transaction.CommitAsync();
        return new DrainResult(true, inserted, 0, 0);
    }

    /// <returns>How many rows were new.</returns>
    private async Task<int> InsertAsync(DbConnection connection, DbTransaction transaction, IReadOnlyList<DrainBatch> batches)
    {
        var inserted = 0;
        var rows = batches.SelectMany(batch => batch.Entries.Select(entry => (batch.LedgerId, entry.User, entry.Micros)));
        // 1,000 rows a statement: more brings no speed, and stays clear of every server's packet and parameter limits.
        foreach (var chunk in rows.Chunk(1000))
        {
            var text = new StringBuilder("INSERT INTO claims (coupon_id, username, claimed_at) VALUES ");
            await using var insert = Command(connection, "");
            for (var i = 0; i < chunk.Length; i++)
            {
                text.Append(CultureInfo.InvariantCulture, $"{(i == 0 ? "" : ",")}({chunk[i].LedgerId},@u{i},{chunk[i].Micros})");
                var user = insert.CreateParameter();
                user.ParameterName = $"u{i}";
                user.Value = chunk[i].User;
                insert.Parameters.Add(user);
            }
            text.Append(' ').Append(OnDuplicateIgnore);
#pragma warning disable CA2100 // Numbers only; the names are parameters.
            insert.CommandText = text.ToString();
#pragma warning restore CA2100
            insert.Transaction = transaction;
            inserted += await insert.ExecuteNonQueryAsync();
        }
        return inserted;
    }
}
