using SecKill.Research.Compare.Clients;
using SecKill.Research.Compare.Contenders;
using SecKill.Tests.LocalServers.Deployments;

namespace SecKill.Research.Compare.Checks;

/// <summary>Whether the answers, Redis and the ledger agree.</summary>
/// <param name="LeastAnswered">The least number of 201 answers, as the client saw it.</param>
/// <param name="MostAnswered">The most: answers to the last requests are unknown.</param>
/// <param name="Sold">Units sold, as listed by the API, which asks Redis.</param>
/// <param name="LedgerRows">Rows of the table <c>claims</c>, once the outbox is drained.</param>
/// <param name="DrainSeconds">From the end of the load until the ledger had all.</param>
internal sealed record LedgerCheck(long LeastAnswered, long MostAnswered, long Sold, long LedgerRows, double DrainSeconds)
{
    private static readonly TimeSpan _standstill = TimeSpan.FromSeconds(30);

    /// <summary>The three agree.</summary>
    public bool IsRight => LeastAnswered <= Sold && Sold <= MostAnswered && Sold == LedgerRows;

    /// <summary>Waits until the outbox is drained, then compares.</summary>
    public static async Task<LedgerCheck> RunAsync(Product product, MeasuredSale sale, WorkloadResult load, CancellationToken stop)
    {
        var (seller, sold) = (product.Seller(sale), 0L);
        await using var ledger = await product.Deployment.OpenLedgerAsync();
        // Asked each time, since a last request may be won after the load has ended.
        var (_, after) = await LedgerQueries.DrainedAsync(
            ledger, sale.Name, async drained => (sold = await seller.SoldAsync(stop)) == drained, _standstill, stop);
        var units = (long)sale.Scenario.Units * sale.Scenario.Coupons;
        return new LedgerCheck(
            Math.Min(load.LeastWins, units), Math.Min(load.MostWins, units), sold, await LedgerQueries.RowsAsync(ledger, sale.Name), after.TotalSeconds);
    }
}
