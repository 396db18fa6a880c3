using System.Collections.Concurrent;
using SecKill.Grains.Interfaces.Batching;
using SecKill.Grains.Interfaces.Coupons;

namespace SecKill.Gateway.Claims;

/// <summary>
/// Sends batches of claims to their coupons' grains. A coupon of which it is not known where it is active, or that was in
/// trouble last, is called by itself, so that it holds up nobody. All others go by silo: one call in flight a silo (or a
/// few), which carries the batches of all its coupons.
/// </summary>
internal sealed partial class ClaimCalls(IGrainFactory grains, ILogger<ClaimCalls> logger)
{
    // Waiting is bounded by the lanes: a coupon has one batch on its way.
    private readonly ConcurrentDictionary<string, NaturalBatcher<CouponClaims, ClaimReply>> _carriers = new();

    /// <summary>Sends a batch. Never throws; what is not known to be decided is undecided.</summary>
    /// <param name="coupon">The coupon's key.</param>
    /// <param name="batch">Its claims.</param>
    /// <param name="silo">Where it is active, or null to call it by itself.</param>
    public async Task<ClaimReply> SendAsync(string coupon, ClaimBatch batch, string? silo)
    {
        try
        {
            return await (silo is null
                ? grains.GetGrain<ICouponGrain>(coupon).Claim(batch)
                : CarryAsync(silo, new CouponClaims(coupon, batch)));
        }
        catch (Exception fault) when (fault is not OutOfMemoryException)
        {
            // Whatever it was, the claims may have been decided; nobody here can know.
            LogUndecided(coupon, batch.Users.Length, fault.Message);
            return new ClaimReply(new ClaimOutcome[batch.Users.Length], null);
        }
    }

    /// <summary>Forgets silos that nobody is on the way to; those that died would pile up.</summary>
    public void Sweep()
    {
        foreach (var carrier in _carriers)
        {
            if (carrier.Value.TryRetire())
                _carriers.TryRemove(carrier);
        }
    }

    private Task<ClaimReply> CarryAsync(string silo, CouponClaims claims)
    {
        while (true)
        {
            var carrier = _carriers.GetOrAdd(silo, static (key, self) => self.NewCarrier(key), this);
            if (carrier.TryAdd(claims, out var reply))
                return reply;
            _carriers.TryRemove(KeyValuePair.Create(silo, carrier));
        }
    }

    private NaturalBatcher<CouponClaims, ClaimReply> NewCarrier(string silo)
    {
        var grain = grains.GetGrain<IClaimCarrier>(silo);
        return new NaturalBatcher<CouponClaims, ClaimReply>(
            async claims => await grain.Claim([.. claims]), ClaimBatch.MaxUsers, maxWaiting: int.MaxValue, claims => claims.Batch.Users.Length);
    }

    [LoggerMessage(LogLevel.Warning, "Coupon {Coupon}: {Count} claims undecided. {Reason}")]
    private partial void LogUndecided(string coupon, int count, string reason);
}
