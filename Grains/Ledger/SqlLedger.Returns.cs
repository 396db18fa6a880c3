using System.Data;
using System.Data.Common;
using System.Text;
using Dapper;
using SecKill.Grains.Interfaces.Feed;

namespace SecKill.Grains.Ledger;

public abstract partial class SqlLedger
{
    /// <summary>What a claim must be for its unit to be given back.</summary>
    private const string IsReturnable = "returned_at IS NULL AND redeemed_at IS NULL";

    /// <inheritdoc/>
    public Task<IReadOnlyList<ReturnResult>> ReturnAsync(IReadOnlyList<ClaimReturn> returns) => RunAsync(connection => RetryConflictsAsync(async () =>
    {
        var results = new ReturnResult[returns.Count];
        await using var transaction = await connection.BeginTransactionAsync(IsolationLevel.ReadCommitted);
        // In the order of the rows, as every transaction locks them.
        foreach (var coupon in Enumerable.Range(0, returns.Count).GroupBy(i => returns[i].Coupon).OrderBy(one => one.Key.Id))
        {
            int[] places = [.. coupon];
            var written = await ReturnAsync(transaction, coupon.Key, Array.ConvertAll(places, i => returns[i]));
            for (var k = 0; k < places.Length; k++)
                results[places[k]] = written[k];
        }
        await transaction.CommitAsync();
        return (IReadOnlyList<ReturnResult>)results;
    }));

    /// <inheritdoc/>
    public Task<IReadOnlyList<(long No, string User)>> ReturnsBeforeAsync(LedgerKey coupon, long before, int count) => RunAsync(async connection =>
        (IReadOnlyList<(long, string)>)(await connection.QueryAsync<(long No, string User)>(
            $"SELECT no, username FROM events WHERE {IsOf} AND no < @before AND kind = @kind ORDER BY no DESC LIMIT @count",
            new { coupon.Id, coupon.Identity, before, kind = FeedKinds.Returned, count })).AsList());

    /// <inheritdoc/>
    public Task<LedgerCoupon?> PutBackReturnsAsync(LedgerKey coupon, long epoch, IReadOnlyList<string> users) => RunAsync(connection => RetryConflictsAsync(async () =>
    {
        await using var transaction = await connection.BeginTransactionAsync(IsolationLevel.ReadCommitted);
        var row = await connection.QuerySingleOrDefaultAsync<ReturnedRow>($"{SelectReturned} {ForUpdate}", new { coupon.Id, coupon.Identity }, transaction);
        if (row?.Epoch != epoch)
            return null;
        foreach (var some in users.Chunk(NumbersAtOnce))
        {
            await UndoReturnedAsync(connection, transaction, coupon.Id, some);
            var found = (await connection.QueryAsync<(string User, long IsReturnable)>(
                $"SELECT username, CASE WHEN {IsReturnable} THEN 1 ELSE 0 END FROM claims WHERE coupon_id = @Id AND username IN @some",
                new { coupon.Id, some }, transaction)).ToDictionary(claim => claim.User, claim => claim.IsReturnable == 1);
            await WriteReturnsAsync(transaction, coupon.Id, [.. found.Where(claim => claim.Value).Select(claim => (claim.Key, Now))], freed: 1);
            string[] missing = [.. some.Where(user => !found.ContainsKey(user))];
            await InsertReturnableAsync(connection, transaction, coupon, missing);
            await WriteReturnsAsync(transaction, coupon.Id, [.. missing.Select(user => (user, Now))], freed: 0);
        }
        var now = await connection.QuerySingleAsync<CouponRow>($"SELECT {CouponColumns} FROM coupons WHERE id = @Id", new { coupon.Id }, transaction);
        await transaction.CommitAsync();
        return now.Coupon;
    }));

    /// <summary>
    /// Takes back redemptions of units that were given back before: a ledger that fell back had lost the return, so that a till let the customer pass.
    /// Each is kept as a conflict.
    /// </summary>
    private async Task UndoReturnedAsync(DbConnection connection, DbTransaction transaction, long coupon, string[] users)
    {
        foreach (var (user, at, device) in (await connection.QueryAsync<(string User, long At, string Device)>(
            "SELECT username, redeemed_at, redeemed_device FROM claims WHERE coupon_id = @coupon AND username IN @users AND redeemed_at IS NOT NULL AND returned_at IS NULL",
            new { coupon, users }, transaction)).AsList())
        {
            var row = new { coupon, user, key = $"{at:D}", at, device, Now, reason = FeedKinds.Returned };
            await connection.ExecuteAsync("UPDATE claims SET redeemed_at = NULL, redeemed_device = NULL WHERE coupon_id = @coupon AND username = @user", row, transaction);
            await connection.ExecuteAsync("UPDATE coupons SET redeemed = redeemed - 1, feed_seq = feed_seq + 1 WHERE id = @coupon", row, transaction);
            await connection.ExecuteAsync(
                "INSERT INTO conflicts (coupon_id, no, username, scan_key, device, scanned_at, at, reason, redeemed_at, redeemed_device) " +
                $"SELECT id, feed_seq, @user, @key, @device, NULL, @Now, @reason, @at, @device FROM coupons WHERE id = @coupon {OnDuplicateIgnore}",
                row, transaction);
            await AppendEventAsync(transaction, coupon, FeedKinds.Undone, user, Now, RedemptionRound.Detail(device, null));
        }
    }

    /// <summary>Puts back claims whose units were given back since, so that they take none.</summary>
    private async Task InsertReturnableAsync(DbConnection connection, DbTransaction transaction, LedgerKey coupon, string[] users)
    {
        if (users.Length == 0)
            return;
        await connection.ExecuteAsync(
            "UPDATE coupons SET drained = drained + @Length, feed_seq = feed_seq + @Length WHERE id = @Id", new { users.Length, coupon.Id }, transaction);
        var batch = new DrainBatch(coupon, 0, 0, [.. users.Select(user => new OutboxEntry(Now, user))]);
        await InsertAsync(connection, transaction, [batch], await ReadDrainedAsync(connection, transaction, [batch]));
    }

    private const string SelectReturned =
        "SELECT epoch, returns, return_until AS ReturnUntil FROM coupons WHERE id = @Id AND identity = @Identity";

    /// <summary>Gives units of one coupon back.</summary>
    /// <returns>One result a return, in order.</returns>
    private async Task<ReturnResult[]> ReturnAsync(DbTransaction transaction, LedgerKey coupon, ClaimReturn[] returns)
    {
        var connection = transaction.Connection!;
        var row = await connection.QuerySingleOrDefaultAsync<ReturnedRow>($"{SelectReturned} {ForUpdate}", new { coupon.Id, coupon.Identity }, transaction);
        if (row is null)
            return Array.ConvertAll(returns, _ => ReturnResult.Overtaken);
        // Under the lock of the coupon's row no claim of it comes, and none is returned.
        var claims = (await connection.QueryAsync<(string User, long? ReturnedAt, long? RedeemedAt)>(
            $"SELECT username, returned_at, redeemed_at FROM claims WHERE coupon_id = @Id AND username IN @users {ForUpdate}",
            new { coupon.Id, users = returns.Select(one => one.User).Distinct() }, transaction)).ToDictionary(claim => claim.User);
        var given = new List<(string User, long At)>();
        var results = Array.ConvertAll(returns, one =>
        {
            if (!claims.TryGetValue(one.User, out var claim))
                return one.Epoch == row.Epoch ? ReturnResult.NoClaim : ReturnResult.Overtaken;
            // Once returned it is so in every epoch, and however late it is asked for again.
            if (claim.ReturnedAt is not null)
                return ReturnResult.Before;
            if (row.Returns == 0)
                return ReturnResult.NotAllowed;
            if (one.Epoch != row.Epoch)
                return ReturnResult.Overtaken;
            if (one.At >= row.ReturnUntil)
                return ReturnResult.TooLate;
            if (claim.RedeemedAt is not null)
                return ReturnResult.Redeemed;
            given.Add((one.User, one.At));
            claims[one.User] = (one.User, one.At, null);
            return ReturnResult.Done;
        });
        await WriteReturnsAsync(transaction, coupon.Id, given, freed: 1);
        return results;
    }

    /// <summary>Writes returns of claims that are not returned, with their events; the coupon's row is locked.</summary>
    /// <param name="freed">How many units each leaves.</param>
    private static async Task WriteReturnsAsync(DbTransaction transaction, long coupon, IReadOnlyList<(string User, long At)> given, int freed)
    {
        foreach (var some in given.Chunk(NumbersAtOnce))
        {
            var (times, rows, names) = (new StringBuilder("CASE username"), new StringBuilder(), new DynamicParameters(new { coupon, some.Length, units = some.Length * freed, kind = FeedKinds.Returned }));
            for (var i = 0; i < some.Length; i++)
            {
                times.Append(CultureInfo.InvariantCulture, $" WHEN @u{i} THEN {some[i].At}");
                rows.Append(CultureInfo.InvariantCulture, $"{(i == 0 ? "" : ", ")}(@coupon, @last - {some.Length - 1 - i}, @kind, @u{i}, {some[i].At})");
                names.Add($"u{i}", some[i].User);
            }
            var users = string.Join(',', some.Select((_, i) => $"@u{i}"));
            var written = await ExecuteAsync($"UPDATE claims SET returned_at = {times} END WHERE coupon_id = @coupon AND username IN ({users}) AND {IsReturnable}");
            if (written != some.Length)
                throw new UnavailableException("A claim was returned or redeemed under the lock of its coupon's row.");
            await ExecuteAsync("UPDATE coupons SET left_count = left_count + @units, returned = returned + @Length, feed_seq = feed_seq + @Length WHERE id = @coupon");
            names.Add("last", await transaction.Connection!.ExecuteScalarAsync<long>("SELECT feed_seq FROM coupons WHERE id = @coupon", new { coupon }, transaction));
            await ExecuteAsync($"INSERT INTO events (coupon_id, no, kind, username, at) VALUES {rows}");

            // A text of its own each time: Dapper must not keep it.
            Task<int> ExecuteAsync(string text) =>
                transaction.Connection!.ExecuteAsync(new CommandDefinition(text, names, transaction, flags: Dapper.CommandFlags.NoCache));
        }
    }

    /// <summary>What a return reads of a coupon's row.</summary>
    private sealed class ReturnedRow
    {
        public long Epoch { get; init; }
        public long Returns { get; init; }
        public long? ReturnUntil { get; init; }
    }
}
