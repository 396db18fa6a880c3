using Microsoft.Extensions.Logging;
using Orleans.Concurrency;
using SecKill.Grains.Interfaces.Coupons;
using SecKill.Grains.Interfaces.Live;
using SecKill.Grains.Stock;

namespace SecKill.Grains.Live;

/// <inheritdoc cref="IBoardReader"/>
[StatelessWorker(1)]
public sealed partial class BoardReader(StockServer server, ISiloStatusOracle members, ILogger<BoardReader> logger) : Grain, IBoardReader
{
    /// <inheritdoc/>
    public async Task<BoardReading> Read()
    {
        var silos = members.GetApproximateSiloStatuses(onlyActive: true).Keys.ToArray();
        var answers = await Task.WhenAll(silos.Select(AskAsync));
        var tallies = answers.OfType<SiloTally>().ToArray();
        var busiest = tallies.SelectMany(tally => tally.Busiest)
            // One that has moved is known to two silos.
            .GroupBy(coupon => coupon.Coupon).Select(known => known.MinBy(coupon => coupon.Age))
            .OrderByDescending(coupon => coupon.Recent).ThenBy(coupon => coupon.Age).Take(BoardReading.MaxSales);
        var sales = await Task.WhenAll(busiest.Select(ReadAsync));
        return new BoardReading([.. sales.OfType<SaleReading>()], tallies.Aggregate(default(ClaimTally), (all, tally) => all + tally.Claims), silos.Length,
            tallies.Length == silos.Length, tallies.Select(tally => tally.Since).DefaultIfEmpty().Min());
    }

    /// <returns>Null where it does not answer.</returns>
    private async Task<SiloTally?> AskAsync(SiloAddress silo)
    {
        try
        {
            return await GrainFactory.GetGrain<ISaleTally>(silo.ToParsableString()).Busiest(BoardReading.MaxSales);
        }
        catch (Exception fault) when (fault is not OutOfMemoryException)
        {
            LogNotAsked(silo, fault.Message);
            return null;
        }
    }

    /// <returns>Null where the stock cannot be believed at the moment.</returns>
    private async Task<SaleReading?> ReadAsync(BusyCoupon coupon) =>
        await new CouponStock(server, CouponId.Parse(coupon.Coupon)).WatchAsync() is { } stock
            ? new SaleReading(coupon.Coupon, stock, coupon.Claims, Silo: null)
            : null;

    [LoggerMessage(LogLevel.Warning, "Silo {Silo} does not tell what is claimed there. {Reason}")]
    private partial void LogNotAsked(SiloAddress silo, string reason);
}
