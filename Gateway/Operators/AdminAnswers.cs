using SecKill.Grains.Interfaces.Audit;

namespace SecKill.Gateway.Operators;

/// <summary>The answer about one coupon.</summary>
/// <param name="ErrMsg">Empty on success.</param>
/// <param name="Data">What was found.</param>
internal sealed record AuditAnswer(string ErrMsg, AuditItem Data);

/// <summary>The answer about a page of coupons.</summary>
/// <param name="ErrMsg">Empty on success.</param>
/// <param name="Summary">The number of the page's coupons by verdict.</param>
/// <param name="Data">Those that do not simply agree.</param>
/// <param name="Next">The parameter <c>after</c> of the next page; missing on the last.</param>
internal sealed record AuditPageAnswer(string ErrMsg, IReadOnlyDictionary<AuditVerdict, int> Summary, IReadOnlyList<AuditItem> Data, long? Next)
{
    public static AuditPageAnswer Of(AuditPage page) => new(
        "",
        page.Audits.CountBy(audit => audit.Verdict).ToDictionary(),
        [.. page.Audits.Where(audit => audit.Verdict is not (AuditVerdict.Agrees or AuditVerdict.Draining)).Select(AuditItem.Of)],
        page.Next > 0 ? page.Next : null);
}

/// <summary>What was found of a coupon.</summary>
internal sealed record AuditItem(
    string Seller, string Coupon, AuditVerdict Verdict, IReadOnlyList<string> Words, StockCounts? Redis, LedgerCounts? Ledger,
    IReadOnlyList<AuditDifference> Differences)
{
    public static AuditItem Of(CouponAudit audit) =>
        new(audit.Coupon.Seller.Value, audit.Coupon.Name.Value, audit.Verdict, audit.Words(), audit.Stock, audit.Ledger, audit.Differences);
}

/// <summary>The answer to where coupons are active.</summary>
/// <param name="ErrMsg">Empty on success.</param>
/// <param name="Data">Every silo of the cluster, including those without coupons.</param>
internal sealed record PlacementAnswer(string ErrMsg, IReadOnlyList<SiloPlacement> Data);

/// <summary>What is active on one silo.</summary>
/// <param name="Silo">Its address for other silos, and when it was started: <c>10.0.0.1:11111@1234</c>.</param>
/// <param name="Coupons">Active coupons.</param>
/// <param name="Activations">Grains of all kinds, except Orleans' own.</param>
internal sealed record SiloPlacement(string Silo, int Coupons, int Activations);

/// <summary>The answer to where one coupon is active.</summary>
/// <param name="ErrMsg">Empty on success.</param>
/// <param name="Data">Where.</param>
internal sealed record CouponPlacementAnswer(string ErrMsg, CouponPlacement Data);

/// <summary>Where a coupon is active.</summary>
/// <param name="Seller">Its seller.</param>
/// <param name="Coupon">Its name.</param>
/// <param name="Silo">As in <see cref="SiloPlacement"/>; missing while the coupon is not active.</param>
internal sealed record CouponPlacement(string Seller, string Coupon, string? Silo);
