using SecKill.Grains.Interfaces.Coupons;
using SecKill.Grains.Ledger;

namespace SecKill.Tests.Integration.Stock;

/// <summary>A ledger before which a reconciler can be stopped when it has closed the coupon, or made to fail there.</summary>
internal sealed class GatedLedger(ILedger inner) : ILedger
{
    private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _gate = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Ends when the reconciler has come to <see cref="BeginEpochAsync"/>.</summary>
    public Task Reached => _reached.Task;

    public void Release() => _gate.TrySetResult();

    public void Fail(Exception fault) => _gate.TrySetException(fault);

    public async Task<LedgerCoupon?> BeginEpochAsync(CouponId id, long seen)
    {
        _reached.TrySetResult();
        await _gate.Task;
        return await inner.BeginEpochAsync(id, seen);
    }

    public Task PrepareAsync(CancellationToken cancellation) => inner.PrepareAsync(cancellation);

    public Task PingAsync(CancellationToken cancellation) => inner.PingAsync(cancellation);

    public Task<LedgerCoupon?> CreateAsync(CouponId id, CouponTerms terms, long? identity = null) => inner.CreateAsync(id, terms, identity);

    public Task<LedgerCoupon?> FindAsync(CouponId id) => inner.FindAsync(id);

    public Task<IReadOnlyList<LedgerCoupon>> CouponsOfAsync(IReadOnlyList<string> sellers) => inner.CouponsOfAsync(sellers);

    public Task<IReadOnlyList<LedgerClaim>> ClaimsOfAsync(IReadOnlyList<string> users) => inner.ClaimsOfAsync(users);

    public Task<IReadOnlyList<LedgerCoupon>> UnfinishedAsync(long belowId, int count) => inner.UnfinishedAsync(belowId, count);

    public Task<IReadOnlyList<LedgerCoupon>> CouponsAsync(long belowId, int count) => inner.CouponsAsync(belowId, count);

    public Task<CountedCoupon?> CountedAsync(CouponId id) => inner.CountedAsync(id);

    public Task<IReadOnlyList<CountedCoupon>> CountedAsync(long belowId, int count) => inner.CountedAsync(belowId, count);

    public Task<IReadOnlyList<string>> OwnersAsync(LedgerKey coupon, string after, int count) => inner.OwnersAsync(coupon, after, count);

    public Task<bool> HasAllAsync(LedgerKey coupon, IReadOnlyList<string> users) => inner.HasAllAsync(coupon, users);

    public Task<IReadOnlyList<DrainResult>> DrainAsync(IReadOnlyList<DrainBatch> batches) => inner.DrainAsync(batches);

    public Task<DeploymentMark> MarkAsync(string serviceId) => inner.MarkAsync(serviceId);

    public Task<DeploymentMark?> FindMarkAsync() => inner.FindMarkAsync();

    public Task<bool> NameAccountAsync(string username) => inner.NameAccountAsync(username);
}
