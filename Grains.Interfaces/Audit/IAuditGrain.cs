namespace SecKill.Grains.Interfaces.Audit;

/// <summary>Audits coupons for a gateway's operator; any silo can, one audit at a time each. The key means nothing.</summary>
public interface IAuditGrain : IGrainWithIntegerKey
{
    /// <summary>Audits one coupon, at every name.</summary>
    /// <param name="coupon">Which.</param>
    /// <param name="deep">Whether to look into its owners' lists too.</param>
    /// <exception cref="UnavailableException">Redis or SQL cannot be reached.</exception>
    [ResponseTimeout("00:02:00")]
    Task<CouponAudit> Audit(CouponId coupon, bool deep);

    /// <summary>Audits some of the ledger's coupons, newest first: by their counts, and those that differ at every name.</summary>
    /// <param name="belowId">Only coupons whose id is below this.</param>
    /// <param name="deep">Whether to look at every name of all of them.</param>
    /// <exception cref="UnavailableException">Redis or SQL cannot be reached.</exception>
    [ResponseTimeout("00:02:00")]
    Task<AuditPage> AuditPage(long belowId, bool deep);
}
