using System.Diagnostics;
using System.Runtime.CompilerServices;
using SecKill.Bench.Scenarios;
using SecKill.Tests.LocalServers.Deployments;

namespace SecKill.Research.Figures;

/// <summary>The relay's speed while nothing is sold: MySQL is paused during a sale, then the whole outbox is drained.</summary>
internal static class DrainAlone
{
    private static readonly TimeSpan _standstill = TimeSpan.FromSeconds(3);

    public static async IAsyncEnumerable<Figure> MeasureAsync(TestBed bed, [EnumeratorCancellation] CancellationToken stop)
    {
        var product = await bed.ProductAsync(stop);
        var (sold, drained) = (new List<double>(), new List<double>());
        for (var round = 0; round < bed.Rounds; round++)
        {
            sold.Add((await bed.PlayAsync(LoadScenario.Sell, bed.Load(product), stop)).RequestsPerSecond);
            var (frozen, rate) = (Task.FromResult(0L), Task.FromResult(0.0));
            await bed.PlayAsync(LoadScenario.Sell, bed.Load(product), stop, phase =>
            {
                // Frozen once the coupon is created, and resumed before the lists are checked, which may need SQL.
                if (phase == LoadScenario.Measuring)
                    frozen = FreezeAsync(product);
                else if (phase == LoadScenario.Checking)
                    rate = ResumeAsync(product, frozen, stop);
            });
            drained.Add(await rate);
        }
        yield return new Figure("claims sold, the drain at work", Statistics.Median(sold), "a second");
        yield return new Figure("claims drained, while none are sold", Statistics.Median(drained), "a second");
        yield return new Figure("so much faster is the drain", Statistics.Median(drained.Zip(sold, (drain, sell) => drain / sell)), "times");
    }

    /// <returns>Claims in the ledger when it was frozen. Counted before: once it resumes, some are drained at once.</returns>
    private static async Task<long> FreezeAsync(ClusterDeployment product)
    {
        await using var ledger = await product.OpenLedgerAsync();
        var count = await LedgerQueries.SoldAsync(ledger);
        await product.MySqlServer.SignalAsync("STOP");
        return count;
    }

    /// <returns>Claims drained a second, from the resumption to the last one.</returns>
    private static async Task<double> ResumeAsync(ClusterDeployment product, Task<long> frozen, CancellationToken stop)
    {
        var first = await frozen;
        await product.MySqlServer.SignalAsync("CONT");
        var clock = Stopwatch.StartNew();
        await using var ledger = await product.OpenLedgerAsync();
        var opened = clock.Elapsed;
        var (last, after) = await LedgerQueries.DrainedAsync(ledger, seller: null, _ => Task.FromResult(false), _standstill, stop);
        return (last - first) / (opened + after).TotalSeconds;
    }
}
