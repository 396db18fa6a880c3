using Orleans.Concurrency;
using SecKill.Grains.Interfaces.Audit;

namespace SecKill.Grains.Recovery;

/// <inheritdoc cref="IAuditGrain"/>
/// <remarks>Stateless, and one per silo that does not interleave: an audit may hold a coupon's names in memory.</remarks>
[StatelessWorker(1)]
internal sealed class AuditGrain(Auditor auditor) : Grain, IAuditGrain
{
    // So that the calls behind a page, and the coupon that a page may begin as its last, still end in time.
    private static readonly TimeSpan _timeout = TimeSpan.FromSeconds(10);

    public Task<CouponAudit> Audit(CouponId coupon, bool deep) => auditor.AuditAsync(coupon, deep);

    public Task<AuditPage> AuditPage(long belowId, bool deep) => auditor.PageAsync(belowId, deep, _timeout);
}
