namespace SecKill.Grains.Interfaces.Audit;

/// <summary>Audits coupons for a gateway's operator; any silo can, one audit at a time each. The key means nothing.</summary>
public interface IAuditGrain : IGrainWithIntegerKey
{
    /// <summary>Audits one coupon, at every name; a deep audit looks into its owners' lists too.</summary>
    /// <exception cref="UnavailableException">Redis or SQL cannot be reached.</exception>
    [ResponseTimeout("00:02:00")]
    Task<CouponAudit> Audit(CouponId coupon, bool deep);

    /// <summary>
    /// Audits some of the ledger's coupons, newest first, from below an id on: by their counts, and those that differ at every name; a deep
    /// audit looks at every name of all.
    /// </summary>
    /// <exception cref="UnavailableException">Redis or SQL cannot be reached.</exception>
    [ResponseTimeout("00:02:00")]
    Task<AuditPage> AuditPage(long belowId, bool deep);
}
