using System.Data.Common;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;
using SecKill.Bench.Scenarios;
using SecKill.Tests.LocalServers.Deployments;

namespace SecKill.Research.Figures;

/// <summary>The relay's speed while nothing is sold: MySQL is paused during a sale, then the whole outbox is drained.</summary>
internal static class DrainAlone
{
    private const string Group = "drain";
    private static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan _standstill = TimeSpan.FromSeconds(3);

    public static async IAsyncEnumerable<Figure> MeasureAsync(TestBed bed, [EnumeratorCancellation] CancellationToken stop)
    {
        var product = await bed.ProductAsync(stop);
        var (sold, drained) = (new List<double>(), new List<double>());
        for (var round = 0; round < bed.Options.Rounds; round++)
        {
            sold.Add((await bed.PlayAsync(SellScenario.RunAsync, bed.Load(product), stop)).RequestsPerSecond);
            var (frozen, rate) = (Task.FromResult(0L), Task.FromResult(0.0));
            await bed.PlayAsync(SellScenario.RunAsync, bed.Load(product), stop, phase =>
            {
                // Frozen once the coupon is created, and woken before the lists are checked, which may need SQL.
                if (phase == ScenarioRunner.Measuring)
                    frozen = FreezeAsync(product, stop);
                else if (phase == ScenarioRunner.Checking)
                    rate = WakeAsync(product, frozen, stop);
            });
            drained.Add(await rate);
        }
        yield return new Figure(Group, "claims sold, the drain at work", TestBed.Median(sold), "a second");
        yield return new Figure(Group, "claims drained, while none are sold", TestBed.Median(drained), "a second");
        yield return new Figure(Group, "so much faster is the drain", TestBed.Median(drained.Zip(sold, (drain, sell) => drain / sell)), "times");
    }

    /// <returns>Claims in the ledger when it was frozen. Counted before, for after the waking some are drained at once.</returns>
    private static async Task<long> FreezeAsync(ClusterDeployment product, CancellationToken stop)
    {
        await using var ledger = await product.OpenLedgerAsync();
        var count = await CountAsync(ledger, stop);
        await product.MySqlServer.SignalAsync("STOP");
        return count;
    }

    /// <returns>Claims drained a second, from the waking to the last one.</returns>
    private static async Task<double> WakeAsync(ClusterDeployment product, Task<long> frozen, CancellationToken stop)
    {
        var first = await frozen;
        await product.MySqlServer.SignalAsync("CONT");
        var clock = Stopwatch.StartNew();
        await using var ledger = await product.OpenLedgerAsync();
        var (last, reached) = (first, clock.Elapsed);
        while (clock.Elapsed - reached < _standstill)
        {
            await Task.Delay(_pause, stop);
            var count = await CountAsync(ledger, stop);
            if (count != last)
                (last, reached) = (count, clock.Elapsed);
        }
        return (last - first) / reached.TotalSeconds;
    }

    private static async Task<long> CountAsync(DbConnection ledger, CancellationToken stop)
    {
        await using var command = ledger.CreateCommand();
        command.CommandText = "SELECT COALESCE(SUM(amount - left_count), 0) FROM coupons";
        return Convert.ToInt64(await command.ExecuteScalarAsync(stop), CultureInfo.InvariantCulture);
    }
}
