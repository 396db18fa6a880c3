using System.Runtime.CompilerServices;
using SecKill.Bench.Scenarios;

namespace SecKill.Research.Figures;

/// <summary>Claim latency at half of the maximum rate.</summary>
internal static class HalfRateLatency
{
    public static async IAsyncEnumerable<Figure> MeasureAsync(TestBed bed, [EnumeratorCancellation] CancellationToken stop)
    {
        var load = bed.Load(await bed.ProductAsync(stop));
        var (rates, p50, p99, late) = (new List<double>(), new List<double>(), new List<double>(), 0L);
        for (var round = 0; round < bed.Rounds; round++)
        {
            var top = await bed.PlayAsync(LoadScenario.Sell, load, stop);
            rates.Add(top.RequestsPerSecond);
            var half = await bed.PlayAsync(LoadScenario.Sell, load with { Rate = top.RequestsPerSecond / 2 }, stop);
            p50.Add(half.Total.LatencyMicros.P50 / 1000.0);
            p99.Add(half.Total.LatencyMicros.P99 / 1000.0);
            late += half.NotSent;
        }
        yield return new Figure("claims sold, closed loop", Statistics.Median(rates), "a second");
        yield return new Figure("half of the claims take, at half of that rate, open loop", Statistics.Median(p50), "ms");
        yield return new Figure("99 of 100 take", Statistics.Median(p99), "ms");
        yield return new Figure("claims that were due and could not be sent", late, "");
    }
}
