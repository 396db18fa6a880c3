using System.Collections.Concurrent;
using Microsoft.Extensions.Options;
using SecKill.Grains.Interfaces.Coupons;

namespace SecKill.Gateway.Claims;

/// <summary>The routes of a gateway's claims: one a silo, and one for each coupon that must be asked by itself.</summary>
internal sealed partial class ClaimRoutes(IGrainFactory grains, IOptions<ClaimOptions> options, ILogger<ClaimRoutes> logger)
{
    private readonly ConcurrentDictionary<string, ClaimRoute> _silos = new();

    /// <summary>A new route to one coupon's grain.</summary>
    public ClaimRoute ToCoupon(CouponId coupon)
    {
        var grain = grains.GetGrain<ICouponGrain>(coupon.Key);
        return NewRoute(async claims => [await grain.Claim(claims[0].Batch)]);
    }

    /// <summary>The route to the coupons of a silo.</summary>
    /// <param name="silo">Its address, as <see cref="ClaimReply.Silo"/> tells it.</param>
    public ClaimRoute ToSilo(string silo) => _silos.GetOrAdd(silo, static (address, self) => self.NewRouteToSilo(address), this);

    /// <summary>Closes routes that nobody is on; those to silos that died would pile up.</summary>
    public void Sweep()
    {
        foreach (var route in _silos)
        {
            if (route.Value.TryRetire())
                _silos.TryRemove(route);
        }
    }

    private ClaimRoute NewRouteToSilo(string silo) => NewRoute(grains.GetGrain<IClaimCarrier>(silo).Claim);

    private ClaimRoute NewRoute(Func<CouponClaims[], Task<ClaimReply[]>> call) => new(
        async claims =>
        {
            try
            {
                return await call(claims);
            }
            catch (Exception fault) when (fault is not OutOfMemoryException)
            {
                // Whatever it was, the claims may have been decided; nobody here can know.
                LogUndecided(claims.Sum(coupon => coupon.Batch.Users.Length), claims[0].Coupon, fault.Message);
                return Array.ConvertAll(claims, coupon => new ClaimReply(new ClaimOutcome[coupon.Batch.Users.Length], null));
            }
        },
        options.Value, TimeProvider.System, logger);

    [LoggerMessage(LogLevel.Warning, "{Count} claims undecided, the first for coupon {Coupon}. {Reason}")]
    private partial void LogUndecided(int count, string coupon, string reason);
}
