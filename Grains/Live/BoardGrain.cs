using Orleans.Concurrency;
using SecKill.ServiceDefaults.Stops;

namespace SecKill.Grains.Live;

/// <inheritdoc cref="IBoardGrain"/>
[StatelessWorker(1)]
internal sealed partial class BoardGrain(StockServer server, KnownStops stops, ISiloStatusOracle members, ILogger<BoardGrain> logger) : Grain, IBoardGrain
{
    public async Task<BoardSnapshot> Read()
    {
        var silos = members.GetApproximateSiloStatuses(onlyActive: true).Keys.ToArray();
        var answers = await Task.WhenAll(silos.Select(AskAsync));
        var counts = answers.OfType<SiloClaimCounts>().ToArray();
        var busiest = counts.SelectMany(silo => silo.Busiest)
            // A coupon that has moved is known to two silos.
            .GroupBy(coupon => coupon.Coupon).Select(known => known.MinBy(coupon => coupon.Age))
            .OrderByDescending(coupon => coupon.Recent).ThenBy(coupon => coupon.Age).Take(BoardSnapshot.MaxSales);
        var sales = await Task.WhenAll(busiest.Select(ReadAsync));
        return new BoardSnapshot(
            [.. sales.OfType<SaleSnapshot>().Select(sale => sale with { Stock = null, Description = null })],
            counts.Aggregate(default(ClaimCounts), (all, silo) => all + silo.Claims), silos.Length,
            IsComplete: counts.Length == silos.Length, counts.Select(silo => silo.Since).DefaultIfEmpty().Min());
    }

    /// <returns>Null where the silo does not answer.</returns>
    private async Task<SiloClaimCounts?> AskAsync(SiloAddress silo)
    {
        try
        {
            return await GrainFactory.GetGrain<IClaimCounterGrain>(silo.ToParsableString()).Busiest(BoardSnapshot.MaxSales);
        }
        catch (Exception fault) when (fault is not OutOfMemoryException)
        {
            LogSiloNotRead(fault, silo);
            return null;
        }
    }

    /// <returns>Null where the stock is not verified at the moment.</returns>
    private async Task<SaleSnapshot?> ReadAsync(BusyCoupon coupon)
    {
        var id = CouponId.Parse(coupon.Coupon);
        return await new CouponStock(server, id).SnapshotAsync(coupon.Claims) is { } sale ? sale with { State = stops.Seen(id, sale.State) } : null;
    }

    [LoggerMessage(EventIds.BoardSiloNotRead, LogLevel.Warning, "Silo {Silo} does not report its claims; the board lacks them.")]
    private partial void LogSiloNotRead(Exception fault, SiloAddress silo);
}
