using SecKill.Grains.Interfaces;
using SecKill.Grains.Interfaces.Live;

namespace SecKill.Grains.Claims;

/// <content>What watchers see of the sale.</content>
public sealed partial class CouponGrain
{
    /// <inheritdoc/>
    public async Task<SaleSnapshot?> Watch()
    {
        var claims = _counters.Touch(_id.Key);
        if (await _stock.SnapshotAsync(claims) is not { } snapshot)
        {
            if (!await VerifiedSoonAsync())
            {
                DeactivateOnIdle();
                return null;
            }
            snapshot = await _stock.SnapshotAsync(claims) ?? throw new UnavailableException("The stock cannot be believed at the moment.");
        }
        return snapshot with { Silo = _silo, Silos = _members.GetApproximateSiloStatuses(onlyActive: true).Count };
    }
}
