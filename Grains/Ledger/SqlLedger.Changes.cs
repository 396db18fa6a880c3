using System.Data;
using Dapper;

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
        var parameters = new { change.Coupon.Id, change.Coupon.Identity, change.ReadVersion, change.ReadEpoch, change.AmountBy };
        // The row first, in every transaction: two of them never wait for each other.
        await connection.ExecuteAsync($"SELECT id FROM coupons WHERE id = @Id AND identity = @Identity {ForUpdate}", parameters, transaction);
        var changed = await connection.ExecuteAsync(
            "UPDATE coupons SET version = version + 1, left_count = left_count + @AmountBy, amount = amount + @AmountBy " +
            "WHERE id = @Id AND identity = @Identity AND version = @ReadVersion AND (@ReadEpoch IS NULL OR epoch = @ReadEpoch) " +
            "AND left_count + @AmountBy >= 0 AND amount + @AmountBy BETWEEN 1 AND 2147483647",
            parameters, transaction);
        var row = await connection.QuerySingleOrDefaultAsync<CouponRow>(
            $"SELECT {CouponColumns} FROM coupons WHERE id = @Id AND identity = @Identity", parameters, transaction);
        await transaction.CommitAsync();
        return new ChangeResult(changed > 0, row?.Coupon);
    }));

    /// <inheritdoc/>
    public Task<bool> PutBackTermsAsync(LedgerKey coupon, long version, int amount) => RunAsync(async connection => await connection.ExecuteAsync(
        "UPDATE coupons SET version = @version, left_count = left_count + @amount - amount, amount = @amount " +
        "WHERE id = @Id AND identity = @Identity AND version < @version AND left_count + @amount - amount >= 0",
        new { coupon.Id, coupon.Identity, version, amount }) > 0);
}
