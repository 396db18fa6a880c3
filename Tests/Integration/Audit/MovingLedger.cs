using SecKill.Grains.Interfaces.Coupons;
using SecKill.Grains.Ledger;

namespace SecKill.Tests.Integration.Audit;

/// <summary>A ledger that runs a change around each read.</summary>
internal sealed class MovingLedger(ILedger inner, Func<Task> moveAsync) : ILedger
{
    public Task<CountedCoupon?> CountedAsync(CouponId id) => AroundAsync(() => inner.CountedAsync(id));

    public Task<IReadOnlyList<CountedCoupon>> CountedAsync(long belowId, int count) => AroundAsync(() => inner.CountedAsync(belowId, count));

    public Task<LedgerCoupon?> FindAsync(CouponId id) => AroundAsync(() => inner.FindAsync(id));

    public Task<IReadOnlyList<string>> OwnersAsync(LedgerKey coupon, string after, int count) => AroundAsync(() => inner.OwnersAsync(coupon, after, count));

    public Task PrepareAsync(CancellationToken cancellation) => throw new NotSupportedException();

    public Task PingAsync(CancellationToken cancellation) => throw new NotSupportedException();

    public Task<LedgerCoupon?> CreateAsync(CouponId id, CouponTerms terms, long? identity = null) => throw new NotSupportedException();

    public Task<IReadOnlyList<LedgerCoupon>> CouponsOfAsync(IReadOnlyList<string> sellers) => throw new NotSupportedException();

    public Task<IReadOnlyList<LedgerClaim>> ClaimsOfAsync(IReadOnlyList<string> users) => throw new NotSupportedException();

    public Task<IReadOnlyList<LedgerCoupon>> UnfinishedAsync(long belowId, int count) => throw new NotSupportedException();

    public Task<IReadOnlyList<LedgerCoupon>> CouponsAsync(long belowId, int count) => AroundAsync(() => inner.CouponsAsync(belowId, count));

    public Task<LedgerCoupon?> BeginEpochAsync(CouponId id, long seen) => throw new NotSupportedException();

    public Task<bool> HasAllAsync(LedgerKey coupon, IReadOnlyList<string> users) => throw new NotSupportedException();

    public Task<IReadOnlyList<DrainResult>> DrainAsync(IReadOnlyList<DrainBatch> batches) => throw new NotSupportedException();

    public Task<DeploymentMark> MarkAsync(string serviceId) => throw new NotSupportedException();

    public Task<DeploymentMark?> FindMarkAsync() => throw new NotSupportedException();

    public Task<bool> NameAccountAsync(string username) => throw new NotSupportedException();

    private async Task<T> AroundAsync<T>(Func<Task<T>> readAsync)
    {
        await moveAsync();
        var read = await readAsync();
        await moveAsync();
        return read;
    }
}
