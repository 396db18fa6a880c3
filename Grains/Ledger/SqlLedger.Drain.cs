using System.Data;
using System.Data.Common;
using System.Text;
using Dapper;

namespace SecKill.Grains.Ledger;

public abstract partial class SqlLedger
{
    /// <inheritdoc/>
    public Task<IReadOnlyList<DrainResult>> DrainAsync(IReadOnlyList<DrainBatch> batches) => RunAsync(async connection =>
    {
        if (await RetryConflictsAsync(() => TryDrainTogetherAsync(connection, batches)) is { } written)
            return written;
        // An unexpected batch must not block the others.
        var results = new DrainResult[batches.Count];
        for (var i = 0; i < results.Length; i++)
            results[i] = await RetryConflictsAsync(() => DrainAloneAsync(connection, batches[i]));
        return results;
    });

    /// <summary>The usual case: every batch as expected, all written by one UPDATE and one INSERT. Else nothing is written.</summary>
    /// <returns>Null where nothing was written.</returns>
    private async Task<IReadOnlyList<DrainResult>?> TryDrainTogetherAsync(DbConnection connection, IReadOnlyList<DrainBatch> batches)
    {
        await using var transaction = await connection.BeginTransactionAsync(IsolationLevel.ReadCommitted);
        var counts = new StringBuilder("CASE id");
        var expected = new StringBuilder();
        foreach (var batch in batches)
        {
            counts.Append(CultureInfo.InvariantCulture, $" WHEN {batch.Coupon.Id} THEN {batch.Entries.Count}");
            expected.Append(expected.Length == 0 ? "" : " OR ").Append(
                CultureInfo.InvariantCulture,
                $"(id = {batch.Coupon.Id} AND identity = {batch.Coupon.Identity} AND epoch = {batch.Epoch} AND drained = {batch.Position} AND left_count >= {batch.Entries.Count})");
        }
        counts.Append(" END");
        // A text of its own each time: Dapper must not keep it.
        var moved = await connection.ExecuteAsync(new CommandDefinition(
            $"UPDATE coupons SET drained = drained + {counts}, left_count = left_count - {counts}, feed_seq = feed_seq + {counts} WHERE {expected}",
            transaction: transaction, flags: Dapper.CommandFlags.NoCache));
        var rows = moved == batches.Count ? await ReadDrainedAsync(connection, transaction, batches) : null;
        var inserted = rows is null ? -1 : await InsertAsync(connection, transaction, batches, rows);
        if (inserted != batches.Sum(batch => batch.Entries.Count))
        {
            await transaction.RollbackAsync();
            return null;
        }
        await transaction.CommitAsync();
        return [.. batches.Select(batch => rows![batch.Coupon.Id].Result(batch.Entries.Count))];
    }

    private async Task<DrainResult> DrainAloneAsync(DbConnection connection, DrainBatch batch)
    {
        await using var transaction = await connection.BeginTransactionAsync(IsolationLevel.ReadCommitted);
        var key = new { batch.Coupon.Id, batch.Coupon.Identity, batch.Epoch, batch.Position, batch.Entries.Count };
        var moved = await connection.ExecuteAsync(
            "UPDATE coupons SET drained = drained + @Count, feed_seq = feed_seq + @Count WHERE id = @Id AND identity = @Identity AND epoch = @Epoch AND drained = @Position", key, transaction);
        if (moved == 0)
        {
            var found = await connection.QueryAsync<(long Epoch, long Drained)>(
                "SELECT epoch, drained FROM coupons WHERE id = @Id AND identity = @Identity", key, transaction);
            return found.Select(row => new DrainResult(false, 0, row.Epoch, row.Drained)).FirstOrDefault(new DrainResult(false, 0, -1, -1));
        }
        var rows = await ReadDrainedAsync(connection, transaction, [batch]);
        var inserted = await InsertAsync(connection, transaction, [batch], rows);
        var lowered = await connection.ExecuteAsync(
            "UPDATE coupons SET left_count = left_count - @inserted WHERE id = @Id AND left_count >= @inserted", new { inserted, batch.Coupon.Id }, transaction);
        if (lowered == 0 && inserted > 0)
        {
            // More claims than units: refused, so that the coupon is reconciled. A violated constraint would throw
            // instead, repeatedly, and block every coupon written together with this one.
            await transaction.RollbackAsync();
            return new DrainResult(false, 0, batch.Epoch, batch.Position);
        }
        await transaction.CommitAsync();
        return rows[batch.Coupon.Id].Result(inserted);
    }

    /// <summary>The rows as the transaction has them locked: what they say stays true until it ends.</summary>
    private static async Task<Dictionary<long, DrainedRow>> ReadDrainedAsync(DbConnection connection, DbTransaction transaction, IReadOnlyList<DrainBatch> batches) =>
        (await connection.QueryAsync<DrainedRow>(
            "SELECT id, feed_seq AS FeedSeq, version, returned, joins FROM coupons WHERE id IN @ids", new { ids = batches.Select(batch => batch.Coupon.Id) }, transaction))
            .ToDictionary(row => row.Id);

    /// <returns>How many rows were new.</returns>
    private async Task<int> InsertAsync(
        DbConnection connection, DbTransaction transaction, IReadOnlyList<DrainBatch> batches, Dictionary<long, DrainedRow> coupons)
    {
        var inserted = 0;
        var claims = batches.SelectMany(batch => batch.Entries.Select((entry, i) =>
            (batch.Coupon.Id, entry.User, entry.Micros, Number: coupons[batch.Coupon.Id].FeedSeq - batch.Entries.Count + 1 + i)));
        // 1,000 rows a statement: more brings no speed, and stays clear of every server's packet and parameter limits.
        foreach (var chunk in claims.Chunk(1000))
        {
            var text = new StringBuilder("INSERT INTO claims (coupon_id, username, claimed_at, seq) VALUES ");
            await using var insert = connection.CreateCommand();
            for (var i = 0; i < chunk.Length; i++)
            {
                var user = insert.CreateParameter();
                (user.ParameterName, user.Value) = ($"u{i}", chunk[i].User);
                insert.Parameters.Add(user);
                text.Append(CultureInfo.InvariantCulture, $"{(i == 0 ? "" : ",")}({chunk[i].Id},@u{i},{chunk[i].Micros},{chunk[i].Number})");
            }
            text.Append(' ').Append(OnDuplicateIgnore);
#pragma warning disable CA2100 // Numbers only; the names are parameters.
            insert.CommandText = text.ToString();
#pragma warning restore CA2100
            insert.Transaction = transaction;
            inserted += await insert.ExecuteNonQueryAsync();
        }
        foreach (var batch in batches)
        {
            if (coupons[batch.Coupon.Id].Joins > 0)
                await NoteServedAsync(connection, transaction, batch.Coupon.Id, batch.Entries.Select(entry => entry.User));
        }
        return inserted;
    }

    /// <summary>What a drain reads of a coupon's row after it has moved it.</summary>
    private sealed class DrainedRow
    {
        public long Id { get; init; }
        public long FeedSeq { get; init; }
        public long Version { get; init; }
        public long Returned { get; init; }
        public long Joins { get; init; }

        public DrainResult Result(int inserted) => new(true, inserted, 0, 0, Version, Returned);
    }
}
