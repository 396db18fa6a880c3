using System.Collections.Concurrent;
using Microsoft.Extensions.Options;
using SecKill.Grains.Interfaces;
using SecKill.Grains.Interfaces.Coupons;

namespace SecKill.Gateway.Claims;

/// <summary>The routes of a gateway's claims: one a silo, and one for each coupon that must be asked by itself.</summary>
internal sealed partial class ClaimRoutes(IGrainFactory grains, IOptions<ClaimOptions> options, ILogger<ClaimRoutes> logger)
{
    private readonly ConcurrentDictionary<string, ClaimRoute> _silos = new();
    private readonly ClaimOptions _options = options.Value;

    /// <summary>A new route to one coupon's grain.</summary>
    public ClaimRoute ToCoupon(CouponId coupon)
    {
        var grain = grains.GetGrain<ICouponGrain>(coupon.Key);
        return NewRoute(async claims => [await grain.Claim(claims[0].Batch)]);
    }

    /// <summary>Sends a claim to the silo where its coupon is active.</summary>
    /// <param name="silo">Its address, as <see cref="ClaimReply.Silo"/> tells it.</param>
    /// <param name="lane">The coupon's.</param>
    /// <param name="user">Who claims.</param>
    /// <exception cref="UnavailableException">Too many wait.</exception>
    public Task<ClaimOutcome> SendToSilo(string silo, ClaimLane lane, string user)
    {
        while (true)
        {
            var route = _silos.GetOrAdd(silo, static (address, self) => self.NewRoute(self.Carrier(address).Claim), this);
            if (route.TryAdd(lane, user, out var outcome))
                return outcome;
            // Retired between the two lines; the next one is a new one.
            _silos.TryRemove(KeyValuePair.Create(silo, route));
        }
    }

    /// <summary>Closes routes that nobody is on; those to silos that died would pile up.</summary>
    public void Sweep()
    {
        foreach (var route in _silos)
        {
            if (route.Value.TryRetire())
                _silos.TryRemove(route);
        }
    }

    private IClaimCarrier Carrier(string silo) => grains.GetGrain<IClaimCarrier>(silo);

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
                return Array.ConvertAll(claims, coupon => ClaimReply.Undecided(coupon.Batch));
            }
        },
        _options.MaxWaiting, _options.Patience, TimeProvider.System, logger);

    [LoggerMessage(LogLevel.Warning, "{Count} claims undecided, the first for coupon {Coupon}. {Reason}")]
    private partial void LogUndecided(int count, string coupon, string reason);
}
