using System.Data;
using System.Data.Common;
using Dapper;
using SecKill.Grains.Interfaces.Feed;

namespace SecKill.Grains.Ledger;

public abstract partial class SqlLedger
{
    /// <inheritdoc/>
    public Task<ChangeResult> ChangeAsync(TermsChange change) => RunAsync(connection => RetryConflictsAsync(async () =>
    {
        // Without units set aside in Redis, claims that are not in the ledger yet could lose theirs.
        if (change.AmountBy < 0 && change.ReadEpoch is null)
            throw new ArgumentException("Units are taken in an epoch.", nameof(change));
        await using var transaction = await connection.BeginTransactionAsync(IsolationLevel.ReadCommitted);
        var isChanged = await TryChangeAsync(connection, transaction, change);
        if (!isChanged)
            await transaction.RollbackAsync();
        var row = await connection.QuerySingleOrDefaultAsync<CouponRow>(
            $"SELECT {CouponColumns} FROM coupons WHERE id = @Id AND identity = @Identity",
            new { change.Coupon.Id, change.Coupon.Identity }, isChanged ? transaction : null);
        if (isChanged)
        {
            await transaction.CommitAsync();
        }
        return new ChangeResult(isChanged, row?.Coupon);
    }));

    private async Task<bool> TryChangeAsync(DbConnection connection, DbTransaction transaction, TermsChange change)
    {
        var parameters = new DynamicParameters(new { change.Coupon.Id, change.Coupon.Identity, change.ReadVersion, change.ReadEpoch, change.AmountBy });
        parameters.AddDynamicParams(change.Terms);
        // The row first, in every transaction: two of them never wait for each other.
        await connection.ExecuteAsync($"SELECT id FROM coupons WHERE id = @Id AND identity = @Identity {ForUpdate}", parameters, transaction);
        var changed = await connection.ExecuteAsync(
            $"UPDATE coupons SET version = version + 1, left_count = left_count + @AmountBy, amount = amount + @AmountBy{(change.Terms is null ? "" : SetTerms)} " +
            "WHERE id = @Id AND identity = @Identity AND version = @ReadVersion AND (@ReadEpoch IS NULL OR epoch = @ReadEpoch) " +
            "AND left_count + @AmountBy >= 0 AND amount + @AmountBy BETWEEN 1 AND 2147483647",
            parameters, transaction);
        if (changed == 0 || !await TryInsertRequestAsync(connection, transaction, change.Coupon.Id, change.Request, StatusOfChange))
            return false;
        if (change.Operation is { } operation)
        {
            await InsertOperationAsync(connection, transaction, ScopeOf(change.Coupon.Id), change.ReadVersion + 1, operation);
            await AppendEventAsync(transaction, change.Coupon.Id, FeedKinds.Changed, null, operation.At ?? Now, operation.After);
        }
        return true;
    }

    // A latch that was written meanwhile stays, unless it is cleared: latches have no version.
    private const string SetTerms =
        ", starts_at = @StartsAt, ends_at = @EndsAt, paused_at = @PausedAt, paused_reason = @PausedReason" +
        ", opened_at = CASE WHEN @ClearsOpened = 1 THEN NULL ELSE opened_at END" +
        ", ended_at = CASE WHEN @ClearsEnded = 1 THEN NULL ELSE COALESCE(ended_at, @EndedAt) END";
}
