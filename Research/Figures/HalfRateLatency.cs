using System.Runtime.CompilerServices;
using SecKill.Bench.Scenarios;

namespace SecKill.Research.Figures;

/// <summary>Claim latency at half of the maximum rate.</summary>
internal static class HalfRateLatency
{
    private const string Group = "latency";

    public static async IAsyncEnumerable<Figure> MeasureAsync(TestBed bed, [EnumeratorCancellation] CancellationToken stop)
    {
        var load = bed.Load(await bed.ProductAsync(stop));
        var (rates, p50, p99, late) = (new List<double>(), new List<double>(), new List<double>(), 0L);
        for (var round = 0; round < bed.Options.Rounds; round++)
        {
            var top = await bed.PlayAsync(SellScenario.RunAsync, load, stop);
            rates.Add(top.RequestsPerSecond);
            var half = await bed.PlayAsync(SellScenario.RunAsync, load with { Rate = top.RequestsPerSecond / 2 }, stop);
            p50.Add(half.Total.LatencyMicros.P50 / 1000.0);
            p99.Add(half.Total.LatencyMicros.P99 / 1000.0);
            late += half.NotSent;
        }
        yield return new Figure(Group, "claims sold, closed loop", TestBed.Median(rates), "a second");
        yield return new Figure(Group, "half of the claims take, at half of that rate, open loop", TestBed.Median(p50), "ms");
        yield return new Figure(Group, "99 of 100 take", TestBed.Median(p99), "ms");
        yield return new Figure(Group, "claims that were due and could not be sent", late, "");
    }
}
