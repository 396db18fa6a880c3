using SecKill.Grains.Interfaces.Audit;

namespace SecKill.Gateway.Operators;

/// <summary>Samples of the admin routes' answers, for the OpenAPI document.</summary>
internal static class AdminSamples
{
    private const string Silo = "10.0.0.1:11111@139570";

    private static readonly CouponAudit _agrees = new(
        CouponId.Known("bob", "breakfast"), AuditVerdict.Agrees, new StockCounts(StockState.Verified, 1, 0, 20, 7, 13, 13, 0), new LedgerCounts(1, 0, 20, 7, 13, 13), []);

    private static readonly CouponAudit _differs = _agrees with
    {
        Verdict = AuditVerdict.Differs,
        Differences = [new AuditDifference(AuditDifferenceKind.OwnersLost, 1, ["alice"])],
    };

    public static Reply Coupon { get; } = Of("coupon", new AuditAnswer("", AuditItem.Of(_agrees)));

    public static Reply Page { get; } = Of("page", new AuditPageAnswer(
        "", new Dictionary<AuditVerdict, int> { [AuditVerdict.Agrees] = 99, [AuditVerdict.Differs] = 1 }, [AuditItem.Of(_differs)], 4711));

    public static Reply Silos { get; } = Of("silos", new PlacementAnswer("", [new SiloPlacement(Silo, 40, 213), new SiloPlacement("10.0.0.2:11111@139571", 38, 190)]));

    public static Reply Placement { get; } = Of("coupon", new CouponPlacementAnswer("", new CouponPlacement("bob", "breakfast", Silo)));

    private static Reply Of(string name, object body) => new(StatusCodes.Status200OK, body, name);
}
