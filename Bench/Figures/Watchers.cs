using System.Diagnostics;
using System.Runtime.CompilerServices;
using SecKill.Bench.Http;
using SecKill.Bench.Scenarios;

namespace SecKill.Bench.Figures;

/// <summary>Selling while a crowd watches the sale live, beside selling without. What the crowd itself costs is in it: all is one machine.</summary>
internal static class Watchers
{
    private const string Group = "watchers";

    public static async IAsyncEnumerable<Figure> MeasureAsync(TestBed bed, [EnumeratorCancellation] CancellationToken stop)
    {
        var product = await bed.ProductAsync(stop);
        var (load, count) = (bed.Load(product), bed.Options.Watchers);
        var (alone, watched, readings, cutOff) = (new List<double>(), new List<double>(), new List<double>(), 0);
        for (var round = 0; round < bed.Options.Rounds; round++)
        {
            alone.Add((await bed.PlayAsync(SellScenario.RunAsync, load, stop)).RequestsPerSecond);
            WatcherCrowd? crowd = null;
            try
            {
                var (clock, first) = (new Stopwatch(), 0L);
                watched.Add((await bed.PlayAsync(SellScenario.RunAsync, load with { OnSale = WatchAsync }, stop)).RequestsPerSecond);
                readings.Add((crowd!.Readings - first) / clock.Elapsed.TotalSeconds / count);
                cutOff += crowd.CutOff;

                async Task WatchAsync(string seller, string coupon)
                {
                    var path = $"/api/live/{Uri.EscapeDataString(seller)}/{Uri.EscapeDataString(coupon)}";
                    crowd = await WatcherCrowd.OpenAsync(Target.Parse(product.Address.OriginalString), path, count, stop);
                    (clock, first) = (Stopwatch.StartNew(), crowd.Readings);
                }
            }
            finally
            {
                if (crowd is not null)
                    await crowd.DisposeAsync();
            }
        }
        yield return new Figure(Group, "claims sold while nobody watches", TestBed.Median(alone), "a second");
        yield return new Figure(Group, $"claims sold while {count:n0} watch", TestBed.Median(watched), "a second");
        yield return new Figure(Group, "so much of the rate is kept", TestBed.Median(watched.Zip(alone, (with, without) => with / without)), "");
        yield return new Figure(Group, "readings that each of them is sent", TestBed.Median(readings), "a second");
        yield return new Figure(Group, "watchers cut off", cutOff, "");
    }
}
