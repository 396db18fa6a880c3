using SecKill.Grains.Interfaces.Feed;

namespace SecKill.Gateway.Coupons;

/// <summary>The answer to a report.</summary>
/// <param name="ErrMsg">Empty on success.</param>
/// <param name="Data">The sale.</param>
internal sealed record ReportAnswer(string ErrMsg, ReportView Data)
{
    public static ReportAnswer Of(SaleReport report) => new("", new ReportView(
        report.Amount, report.Left, report.Held, report.Owners, report.Claimed, report.Returned, report.Redeemed, report.Waiting, report.Queued, report.IsSettled,
        Millis.Of(report.FirstClaimAt), Millis.Of(report.LastClaimAt), Millis.Of(report.SoldOutAt), report.Answered is { } answered ? RefusalsView.Of(answered) : null));
}

/// <summary>A sale counted up; times in milliseconds since 1970.</summary>
/// <param name="Amount">Units in all: `owners`, `held` and `left`.</param>
/// <param name="Left">Units for which the ledger has no owner.</param>
/// <param name="Held">Units that a change of the amount under way has set aside.</param>
/// <param name="Owners">Customers who own a unit: `claimed` without `returned`.</param>
/// <param name="Claimed">Claims ever recorded.</param>
/// <param name="Returned">Those of them whose unit was given back.</param>
/// <param name="Redeemed">Units that were used.</param>
/// <param name="Waiting">Customers in line for a unit.</param>
/// <param name="Queued">Claims won and not recorded yet; missing where that cannot be told at the moment.</param>
/// <param name="Settled">Whether nothing is on its way and both stores agree.</param>
/// <param name="FirstClaimAt">When the first recorded claim was won; missing while there is none.</param>
/// <param name="LastClaimAt">When the last recorded claim was won; missing while there is none.</param>
/// <param name="SoldOutAt">Since when no unit is left, by the last claim or by the change of the amount that took away the rest; missing while there are units left.</param>
/// <param name="Refusals">Claims that won nothing; missing where that cannot be told at the moment.</param>
internal sealed record ReportView(
    int Amount, int Left, int Held, long Owners, long Claimed, long Returned, long Redeemed, long Waiting, long? Queued, bool Settled, long? FirstClaimAt,
    long? LastClaimAt, long? SoldOutAt, RefusalsView? Refusals);

/// <summary>Claims that won nothing, by the word that they were answered with.</summary>
/// <param name="Lossy">True: gateways count them, and lose with a crash what they have not reported; a coupon that moves begins anew.</param>
internal sealed record RefusalsView(
    long SoldOut, long AlreadyClaimed, long NotStarted, long Ended, long Paused, long Returned, long Waiting, long Undecided, bool Lossy)
{
    public static RefusalsView Of(ClaimCounts counts) =>
        new(counts.SoldOut, counts.AlreadyClaimed, counts.NotStarted, counts.Ended, counts.Paused, counts.Returned, counts.Waiting, counts.Undecided, Lossy: true);
}
