using SecKill.Bench.Reports;

namespace SecKill.Bench.Rehearsal;

/// <summary>The results that only a rehearsal has.</summary>
/// <param name="Users">Planned customers.</param>
/// <param name="Arrived">Customers that arrived.</param>
/// <param name="Curve">Their arrival curve.</param>
/// <param name="ArrivalSeconds">The seconds within which they arrived.</param>
/// <param name="PeakArrivalsPerSecond">The most arrivals within a second.</param>
/// <param name="Retries">Retries of claims.</param>
/// <param name="WithoutAnswer">Customers that gave up undecided.</param>
/// <param name="SoldOutAfterSeconds">When the last unit was won; null if some are left.</param>
/// <param name="DecisionMicros">The time from arrival, or the start of the sale if later, to the final answer, retries included.</param>
/// <param name="NotStarted">How often customers were told that the sale had not begun; null where it began at once.</param>
/// <param name="FirstWinMicros">When the first unit was won, at most so long after the start; null where that is not known.</param>
/// <param name="Chances">What followed the claims; null where nothing did.</param>
internal sealed record RehearsalResult(
    int Users,
    long Arrived,
    string Curve,
    double ArrivalSeconds,
    long PeakArrivalsPerSecond,
    long Retries,
    long WithoutAnswer,
    double? SoldOutAfterSeconds,
    Latencies DecisionMicros,
    long? NotStarted = null,
    long? FirstWinMicros = null,
    ChancesResult? Chances = null)
{
    /// <summary>Sums up.</summary>
    public static RehearsalResult Of(SaleProgress sale)
    {
        var options = sale.Options;
        var decisions = sale.Decisions;
        return new RehearsalResult(
            options.Users,
            sale.Arrived,
            options.Curve.ToString().ToLowerInvariant(),
            options.Duration.TotalSeconds,
            options.Curve.PeakPerSecond(options.Users, options.Duration),
            sale.Retried,
            sale.Arrived - decisions.Answers,
            sale.SoldOutAfterSeconds,
            Latencies.Of(decisions),
            options.Server.StartsIn is null ? null : sale.Start.Told,
            (long?)sale.Start.FirstWinAfter?.TotalMicroseconds,
            sale.Chances?.Result);
    }
}

/// <summary>What followed the claims, by the answers and the seller's export.</summary>
/// <param name="Joined">Customers who were put in line.</param>
/// <param name="Served">Those of them who got a unit.</param>
/// <param name="Waiting">Those who wait in the end.</param>
/// <param name="Returned">Units given back.</param>
/// <param name="Redeemed">Units that tills redeemed.</param>
internal sealed record ChancesResult(long Joined, long Served, long Waiting, long Returned, long Redeemed);
