using SecKill.Tests.LocalServers.Api;
using SecKill.Tests.LocalServers.Deployments;

namespace SecKill.Tests.LocalServers.Sales;

/// <summary>
/// Judges what a server lists and stores by its answers to claims (<see cref="ClaimJudge"/> judges those), for one coupon at a time.
/// The load test, <c>bench scale</c> and the drills differ in how they record answers, and share this comparison.
/// </summary>
public static class SaleJudge
{
    private const int Shown = 3;

    /// <summary>Not more wins than units, and no claim refused while units are left.</summary>
    public static Difference? Wins(CouponOutcome coupon) =>
        coupon.Won >= coupon.LeastWins && coupon.Won <= coupon.Units + coupon.Returned + coupon.MayBeReturned
            ? null
            : new Difference(Range(coupon.LeastWins, coupon.MostWins), $"{coupon.Won:N0} of {coupon.Claims:N0} claims");

    /// <summary>Once no claim is under way: amount and <c>left</c> as they are listed.</summary>
    public static Difference? Left(CouponOutcome coupon, long? amount, long? left)
    {
        var owned = coupon.Won - coupon.Returned;
        var (lowest, highest) = LeftBetween(coupon.Units, owned - coupon.MayBeReturned, owned + coupon.Undecided + coupon.MayBeServed);
        return amount == coupon.Units && left >= lowest && left <= highest
            ? null
            : new Difference(
                $"{Range(lowest, highest)} of {coupon.Units:N0}",
                amount is null && left is null ? "no such coupon" : $"{left:N0} of {amount:N0}");
    }

    /// <inheritdoc cref="Left(CouponOutcome, long?, long?)"/>
    public static Difference? Left(CouponOutcome coupon, CouponRow? row) => Left(coupon, row?.Amount, row?.Left);

    /// <summary>What <c>left</c> may be, by the least and most units that are owned.</summary>
    public static (long Lowest, long Highest) LeftBetween(long units, long leastOwned, long mostOwned) =>
        (Math.Max(0, units - mostOwned), units - leastOwned);

    /// <summary>The names of owners in a store, or of coupons in a list: those that were told, each once.</summary>
    public static Difference? Names(IEnumerable<string> told, IReadOnlyCollection<string> found)
    {
        var (expected, names) = (told.ToHashSet(), found.ToHashSet());
        if (expected.SetEquals(names) && names.Count == found.Count)
            return null;
        var (missing, unexpected) = (expected.Except(names).ToList(), names.Except(expected).ToList());
        return new Difference(
            $"{expected.Count:N0} names",
            $"{missing.Count:N0} missing{Some(missing)}, {unexpected.Count:N0} too many{Some(unexpected)}, {found.Count - names.Count:N0} twice");
    }

    /// <summary>The ledger after the outbox is drained: every owner once, and <c>left</c>.</summary>
    /// <param name="coupon">The answers; no claim is undecided.</param>
    /// <param name="row">What the ledger has; null if it does not have the coupon.</param>
    public static Difference? Ledger(CouponOutcome coupon, IEnumerable<string> owners, LedgerRow? row) =>
        Names(owners, row?.Owners ?? []) ?? Left(coupon, row?.Amount, row?.Left);

    private static string Some(List<string> names) => names.Count == 0 ? "" : $" ({string.Join(", ", names.Take(Shown))})";

    private static string Range(long lowest, long highest) => lowest == highest ? $"{highest:N0}" : $"{lowest:N0} to {highest:N0}";
}
