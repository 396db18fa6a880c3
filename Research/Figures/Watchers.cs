using System.Diagnostics;
using System.Runtime.CompilerServices;
using SecKill.Bench.Http;
using SecKill.Bench.Machine;
using SecKill.Bench.Scenarios;
using SecKill.Tests.LocalServers.Deployments;

namespace SecKill.Research.Figures;

/// <summary>
/// Claim throughput with and without a crowd watching the sale live: at full speed, where the crowd's own cost is included (one machine);
/// and slowly, which gives the servers' processor time for a snapshot.
/// </summary>
internal static class Watchers
{
    private const double SlowRate = 200;

    public static async IAsyncEnumerable<Figure> MeasureAsync(TestBed bed, [EnumeratorCancellation] CancellationToken stop)
    {
        var product = await bed.ProductAsync(stop);
        var (load, count) = (bed.Load(product), bed.Options.Watchers);
        var slow = load with { Rate = SlowRate };
        var (alone, watched, readings, micros, cutOff) = (new List<double>(), new List<double>(), new List<double>(), new List<double>(), 0);
        for (var round = 0; round < bed.Rounds; round++)
        {
            alone.Add((await PlayAsync(bed, product, load, 0, stop)).SoldPerSecond);
            var (fast, quiet, shown) = (await PlayAsync(bed, product, load, count, stop), await PlayAsync(bed, product, slow, 0, stop), await PlayAsync(bed, product, slow, count, stop));
            watched.Add(fast.SoldPerSecond);
            readings.Add(fast.ReadingsPerSecond / count);
            micros.Add(1e6 * (shown.ProcessorShare - quiet.ProcessorShare) / shown.ReadingsPerSecond);
            cutOff += fast.CutOff + shown.CutOff;
        }
        yield return new Figure("claims sold without watchers", Statistics.Median(alone), "a second");
        yield return new Figure($"claims sold while {count:n0} watch", Statistics.Median(watched), "a second");
        yield return new Figure("so much of the rate is kept", Statistics.Median(watched.Zip(alone, (with, without) => with / without)), "");
        yield return new Figure("readings that each of them is sent", Statistics.Median(readings), "a second");
        yield return new Figure("processor time of all servers for a reading sent", Statistics.Median(micros), "µs");
        yield return new Figure("watchers cut off", cutOff, "");
    }

    private static async Task<Measured> PlayAsync(TestBed bed, Deployment product, ScenarioOptions load, int watchers, CancellationToken stop)
    {
        WatcherCrowd? crowd = null;
        try
        {
            var (clock, before, first) = (new Stopwatch(), CpuReading.Take(), 0L);
            var result = await bed.PlayAsync(LoadScenario.Sell, load with { OnSale = BeginAsync }, stop);
            var (seconds, after) = (clock.Elapsed.TotalSeconds, CpuReading.Take());
            return new Measured(
                result.RequestsPerSecond, ((crowd?.Readings ?? 0) - first) / seconds,
                product.Processes.Sum(part => (after.Of(part.Pid) - before.Of(part.Pid)).TotalSeconds) / seconds, crowd?.CutOff ?? 0);

            async Task BeginAsync(string seller, string coupon)
            {
                var path = $"/api/live/{Uri.EscapeDataString(seller)}/{Uri.EscapeDataString(coupon)}";
                if (watchers > 0)
                    crowd = await WatcherCrowd.OpenAsync(Target.Parse(product.Address.OriginalString), path, watchers, stop);
                (clock, before, first) = (Stopwatch.StartNew(), CpuReading.Take(), crowd?.Readings ?? 0);
            }
        }
        finally
        {
            if (crowd is not null)
                await crowd.DisposeAsync();
        }
    }

    /// <param name="SoldPerSecond">Claims won a second.</param>
    /// <param name="ReadingsPerSecond">Snapshots sent to all watchers a second.</param>
    /// <param name="ProcessorShare">The servers' use of one processor.</param>
    /// <param name="CutOff">Disconnected watchers.</param>
    private readonly record struct Measured(double SoldPerSecond, double ReadingsPerSecond, double ProcessorShare, int CutOff);
}
