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
        if (await TryDrainTogetherAsync(connection, batches))
            return [.. batches.Select(batch => new DrainResult(true, batch.Entries.Count, 0, 0))];
        // An unexpected batch must not block the others.
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
        // A text of its own each time: Dapper must not keep it.
        var moved = await connection.ExecuteAsync(new CommandDefinition(
            $"UPDATE coupons SET drained = drained + {counts}, left_count = left_count - {counts} WHERE {expected}", transaction: transaction, flags: Dapper.CommandFlags.NoCache));
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
        var key = new { batch.Coupon.Id, batch.Coupon.Identity, batch.Epoch, batch.Position, batch.Entries.Count };
        var moved = await connection.ExecuteAsync(
            "UPDATE coupons SET drained = drained + @Count WHERE id = @Id AND identity = @Identity AND epoch = @Epoch AND drained = @Position", key, transaction);
        if (moved == 0)
        {
            var rows = await connection.QueryAsync<(long Epoch, long Drained)>(
                "SELECT epoch, drained FROM coupons WHERE id = @Id AND identity = @Identity", key, transaction);
            return rows.Select(row => new DrainResult(false, 0, row.Epoch, row.Drained)).FirstOrDefault(new DrainResult(false, 0, -1, -1));
        }
        var inserted = await InsertAsync(connection, transaction, [batch]);
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
            await using var insert = connection.CreateCommand();
            for (var i = 0; i < chunk.Length; i++)
            {
                var user = insert.CreateParameter();
                (user.ParameterName, user.Value) = ($"u{i}", chunk[i].User);
                insert.Parameters.Add(user);
                text.Append(CultureInfo.InvariantCulture, $"{(i == 0 ? "" : ",")}({chunk[i].Id},@u{i},{chunk[i].Micros})");
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
