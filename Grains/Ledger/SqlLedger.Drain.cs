using System.Data;
using System.Data.Common;
using System.Globalization;
using System.Text;

namespace SecKill.Grains.Ledger;

public abstract partial class SqlLedger
{
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

    /// <summary>The usual case: every batch as expected, all written by one UPDATE and one INSERT. Else nothing is written.</summary>
    private async Task<bool> TryDrainTogetherAsync(DbConnection connection, IReadOnlyList<DrainBatch> batches)
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
        await using var transaction = await connection.BeginTransactionAsync(IsolationLevel.ReadCommitted);
        await using var move = Command(
            connection, "UPDATE coupons SET drained = drained + @count WHERE id = @id AND identity = @identity AND epoch = @epoch AND drained = @position",
            ("count", batch.Entries.Count), ("id", batch.Coupon.Id), ("identity", batch.Coupon.Identity), ("epoch", batch.Epoch),
            ("position", batch.Position));
        move.Transaction = transaction;
        if (await move.ExecuteNonQueryAsync() == 0)
        {
            await using var read = Command(
                connection, "SELECT epoch, drained FROM coupons WHERE id = @id AND identity = @identity",
                ("id", batch.Coupon.Id), ("identity", batch.Coupon.Identity));
            read.Transaction = transaction;
            await using var row = await read.ExecuteReaderAsync();
            return await row.ReadAsync()
                ? new DrainResult(false, 0, row.GetInt64(0), row.GetInt64(1))
                : new DrainResult(false, 0, -1, -1);
        }
        var inserted = await InsertAsync(connection, transaction, [batch]);
        await using var lower = Command(
            connection, "UPDATE coupons SET left_count = left_count - @inserted WHERE id = @id AND left_count >= @inserted",
            ("inserted", inserted), ("id", batch.Coupon.Id));
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
        var rows = batches.SelectMany(batch => batch.Entries.Select(entry => (batch.Coupon.Id, entry.User, entry.Micros)));
        // 1,000 rows a statement: more brings no speed, and stays clear of every server's packet and parameter limits.
        foreach (var chunk in rows.Chunk(1000))
        {
            var text = new StringBuilder("INSERT INTO claims (coupon_id, username, claimed_at) VALUES ");
            await using var insert = Command(connection, "");
            for (var i = 0; i < chunk.Length; i++)
            {
                var user = AddParameter(insert, $"u{i}", chunk[i].User);
                text.Append(CultureInfo.InvariantCulture, $"{(i == 0 ? "" : ",")}({chunk[i].Id},{user},{chunk[i].Micros})");
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
