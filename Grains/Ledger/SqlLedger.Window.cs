using Dapper;

namespace SecKill.Grains.Ledger;

public abstract partial class SqlLedger
{
    /// <inheritdoc/>
    public Task<bool> PutBackTermsAsync(LedgerKey coupon, long version, StockTerms terms) => RunAsync(async connection => await connection.ExecuteAsync(
        "UPDATE coupons SET version = @version, left_count = left_count + @Amount - amount, amount = @Amount, starts_at = @StartsAt, ends_at = @EndsAt, " +
        "opened_at = @OpenedAt, ended_at = @EndedAt, paused_at = CASE WHEN @isPaused = 1 THEN COALESCE(paused_at, @Now) END, " +
        "paused_reason = CASE WHEN @isPaused = 1 THEN paused_reason END " +
        "WHERE id = @Id AND identity = @Identity AND version < @version AND left_count + @Amount - amount >= 0",
        new
        {
            coupon.Id,
            coupon.Identity,
            version,
            terms.Amount,
            terms.StartsAt,
            terms.EndsAt,
            terms.OpenedAt,
            terms.EndedAt,
            isPaused = terms.IsPaused ? 1 : 0,
            Now,
        }) > 0);

    /// <inheritdoc/>
    public Task<bool> LatchAsync(LedgerKey coupon, long version, long? openedAt, long? endedAt) => RunAsync(async connection =>
    {
        var parameters = new { coupon.Id, coupon.Identity, version, openedAt, endedAt };
        await connection.ExecuteAsync(
            "UPDATE coupons SET opened_at = COALESCE(opened_at, @openedAt), ended_at = COALESCE(ended_at, @endedAt) " +
            "WHERE id = @Id AND identity = @Identity AND version = @version",
            parameters);
        // Not by the number of changed rows: one that had them already counts as none.
        return await connection.ExecuteScalarAsync<long>(
            "SELECT COUNT(*) FROM coupons WHERE id = @Id AND identity = @Identity AND version = @version " +
            "AND (@openedAt IS NULL OR opened_at IS NOT NULL) AND (@endedAt IS NULL OR ended_at IS NOT NULL)",
            parameters) > 0;
    });
}
