using SecKill.Grains.Interfaces;
using SecKill.Grains.Interfaces.Live;

namespace SecKill.Grains.Coupons;

/// <content>What watchers see of the sale.</content>
public sealed partial class CouponGrain
{
    /// <inheritdoc/>
    public async Task<WatchedSale?> Watch()
    {
        if (await _stock.WatchAsync() is not { } stock)
        {
            if (!await TrustedSoonAsync())
            {
                DeactivateOnIdle();
                return null;
            }
            stock = await _stock.WatchAsync() ?? throw new UnavailableException("The stock cannot be believed at the moment.");
        }
        return new WatchedSale(
            new SaleReading(_id.Key, stock, _tallies.Note(_id.Key), _silo), _members.GetApproximateSiloStatuses(onlyActive: true).Count);
    }
}
