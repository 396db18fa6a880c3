using SecKill.Bench.Reports;

namespace SecKill.Bench.Rehearsal;

/// <summary>What a rehearsal tells beyond other runs.</summary>
/// <param name="Users">Customers who were to come.</param>
/// <param name="Arrived">Customers who came.</param>
/// <param name="Curve">How they came.</param>
/// <param name="ArrivalSeconds">Within how many seconds.</param>
/// <param name="PeakArrivalsPerSecond">The most who came within a second.</param>
/// <param name="Retries">How often a claim was tried again.</param>
/// <param name="WithoutAnswer">Customers who gave up without knowing.</param>
/// <param name="SoldOutAfterSeconds">When the last unit was won; null if some are left.</param>
/// <param name="DecisionMicros">What customers waited from their arrival to their final answer, retries included.</param>
internal sealed record RehearsalResult(
    int Users,
    long Arrived,
    string Curve,
    double ArrivalSeconds,
    long PeakArrivalsPerSecond,
    long Retries,
    long WithoutAnswer,
    double? SoldOutAfterSeconds,
    Latencies DecisionMicros)
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
            Latencies.Of(decisions));
    }
}
