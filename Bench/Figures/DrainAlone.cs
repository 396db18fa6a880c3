using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;
using SecKill.Bench.Scenarios;

namespace SecKill.Bench.Figures;

/// <summary>How fast the drain is while nothing is sold: MySQL stands still during a sale, and then has it all to catch up with.</summary>
internal static class DrainAlone
{
    private const string Group = "drain";
    private static readonly TimeSpan _limit = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(20);

    public static async IAsyncEnumerable<Figure> MeasureAsync(TestBed bed, [EnumeratorCancellation] CancellationToken stop)
    {
        var product = await bed.ProductAsync(stop);
        var (sold, drained) = (new List<double>(), new List<double>());
        for (var round = 0; round < bed.Options.Rounds; round++)
        {
            sold.Add((await bed.PlayAsync(SellScenario.RunAsync, bed.Load(product), stop)).RequestsPerSecond);
            await CaughtUpAsync();
            drained.Add(await RateAsync());
        }
        yield return new Figure(Group, "claims sold, the drain at work", TestBed.Median(sold), "a second");
        yield return new Figure(Group, "claims drained, while none are sold", TestBed.Median(drained), "a second");
        yield return new Figure(Group, "so much faster is the drain", TestBed.Median(drained.Zip(sold, (drain, sell) => drain / sell)), "times");

        async Task<double> RateAsync()
        {
            await using var ledger = await product.OpenLedgerAsync();
            var before = await CountAsync(ledger, stop);
            await product.SignalMySqlAsync("STOP");
            long won;
            try
            {
                won = (await bed.PlayAsync(SellScenario.RunAsync, bed.Load(product), stop)).Claims.Won;
            }
            finally
            {
                await product.SignalMySqlAsync("CONT");
            }
            var clock = Stopwatch.StartNew();
            var first = await CountAsync(ledger, stop);
            await CaughtUpAsync(before + won);
            return (before + won - first) / clock.Elapsed.TotalSeconds;
        }

        async Task CaughtUpAsync(long? rows = null)
        {
            await using var ledger = await product.OpenLedgerAsync();
            var clock = Stopwatch.StartNew();
            for (var last = -1L; clock.Elapsed < _limit;)
            {
                var count = await CountAsync(ledger, stop);
                if (rows is { } all ? count >= all : count == last)
                    return;
                last = count;
                await Task.Delay(rows is null ? TimeSpan.FromSeconds(1) : _pause, stop);
            }
            throw new BenchException($"The drain did not catch up within {_limit}.");
        }
    }

    private static async Task<long> CountAsync(System.Data.Common.DbConnection ledger, CancellationToken stop)
    {
        await using var command = ledger.CreateCommand();
        command.CommandText = "SELECT COALESCE(SUM(amount - left_count), 0) FROM coupons";
        return Convert.ToInt64(await command.ExecuteScalarAsync(stop), CultureInfo.InvariantCulture);
    }
}
