using System.Diagnostics;
using SecKill.Research.Compare.Clients;
using SecKill.Research.Compare.Contenders;

namespace SecKill.Research.Compare.Checks;

/// <summary>Whether the answers, Redis and the ledger agree.</summary>
/// <param name="LeastAnswered">The least number of 201 answers, as the client saw it.</param>
/// <param name="MostAnswered">The most: answers to the last requests are unknown.</param>
/// <param name="Sold">Units sold, as listed by the API, which asks Redis.</param>
/// <param name="LedgerRows">Rows of the table <c>claims</c>, once the outbox is drained.</param>
/// <param name="DrainSeconds">From the end of the load until the ledger had all.</param>
internal sealed record LedgerCheck(long LeastAnswered, long MostAnswered, long Sold, long LedgerRows, double DrainSeconds)
{
    private static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan _standstill = TimeSpan.FromSeconds(30);

    /// <summary>The three agree.</summary>
    public bool IsRight => LeastAnswered <= Sold && Sold <= MostAnswered && Sold == LedgerRows;

    /// <summary>Waits until the outbox is drained, then compares.</summary>
    public static async Task<LedgerCheck> RunAsync(Product product, MeasuredSale sale, WorkloadResult load, CancellationToken stop)
    {
        var clock = Stopwatch.StartNew();
        using var seller = product.Seller(sale);
        await using var ledger = await product.Deployment.OpenLedgerAsync();

        var progress = Stopwatch.StartNew();
        var (sold, drained, drainSeconds) = (await seller.SoldAsync(stop), -1L, 0.0);
        while (true)
        {
            var before = (sold, drained);
            drained = await SumAsync(ledger, "SELECT COALESCE(SUM(amount - left_count), 0) FROM coupons WHERE seller = @seller", sale, stop);
            drainSeconds = clock.Elapsed.TotalSeconds;
            // Only now, since a last request may have been won after the load had ended.
            sold = await seller.SoldAsync(stop);
            if (sold == drained || progress.Elapsed > _standstill)
                break;
            if ((sold, drained) != before)
                progress.Restart();
            await Task.Delay(_pause, stop);
        }

        var rows = await SumAsync(
            ledger, "SELECT COUNT(*) FROM claims l JOIN coupons c ON c.id = l.coupon_id WHERE c.seller = @seller", sale, stop);
        var pieces = (long)sale.Scenario.Pieces * sale.Scenario.Coupons;
        return new LedgerCheck(Math.Min(load.LeastWins, pieces), Math.Min(load.MostWins, pieces), sold, rows, drainSeconds);
    }

    private static async Task<long> SumAsync(System.Data.Common.DbConnection ledger, string sql, MeasuredSale sale, CancellationToken stop)
    {
        await using var command = ledger.CreateCommand();
        command.CommandText = sql;
        var seller = command.CreateParameter();
        (seller.ParameterName, seller.Value) = ("@seller", sale.Seller);
        command.Parameters.Add(seller);
        return Convert.ToInt64(await command.ExecuteScalarAsync(stop), System.Globalization.CultureInfo.InvariantCulture);
    }
}
