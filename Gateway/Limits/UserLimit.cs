using System.Threading.RateLimiting;

namespace SecKill.Gateway.Limits;

/// <summary>Limits what a user may leave in the stores for ever: a token bucket each.</summary>
internal abstract class UserLimit(string reason, GatewayLimit limit, int burst, double perSecond) : IDisposable
{
    // Users have registered, which is limited; a bucket that is full again is dropped after some seconds.
    private readonly PartitionedRateLimiter<string> _limiter = PartitionedRateLimiter.Create<string, string>(
        user => TokenBucket.Of(user, everyone: "", burst, perSecond));

    /// <summary>Counts one, or more, never more than the burst; 0 asks whether there is any left.</summary>
    /// <returns>The refusal; null if the user may.</returns>
    public Reply? Count(string user, int count = 1)
    {
        using var lease = _limiter.AttemptAcquire(user, burst == 0 ? 1 : Math.Min(count, burst));
        if (lease.IsAcquired)
            return null;
        GatewayMetrics.Rejected.Add(limit);
        return TokenBucket.Refusal(reason, lease);
    }

    public void Dispose() => _limiter.Dispose();
}

/// <summary>Limits how many coupons a seller creates. A coupon is kept for ever, in Redis and in SQL.</summary>
internal sealed class CreationLimit(IOptions<LimitOptions> options)
    : UserLimit(Reason, GatewayLimit.Coupons, options.Value.CouponBurst, options.Value.CouponsPerSecond)
{
    private const string Reason = "Too many coupons of this seller.";

    public static Reply Sample => TokenBucket.Sample(Reason);
}

/// <summary>Limits how often a seller changes coupons. The record of a change is kept for ever.</summary>
internal sealed class ChangeLimit(IOptions<LimitOptions> options)
    : UserLimit(Reason, GatewayLimit.Changes, options.Value.ChangeBurst, options.Value.ChangesPerSecond)
{
    private const string Reason = "Too many changes by this seller.";

    public static Reply Sample => TokenBucket.Sample(Reason);
}

/// <summary>Limits how often a customer asks for returns.</summary>
internal sealed class ReturnLimit(IOptions<LimitOptions> options)
    : UserLimit(Reason, GatewayLimit.Changes, options.Value.ChangeBurst, options.Value.ChangesPerSecond)
{
    private const string Reason = "Too many returns by this customer.";

    public static Reply Sample => TokenBucket.Sample(Reason);
}

/// <summary>Limits how often a customer joins and leaves waiting lists: each time is an entry that SQL must take.</summary>
internal sealed class WaitLimit(IOptions<LimitOptions> options)
    : UserLimit(Reason, GatewayLimit.Changes, options.Value.ChangeBurst, options.Value.ChangesPerSecond)
{
    private const string Reason = "Too many joins by this customer.";

    public static Reply Sample => TokenBucket.Sample(Reason);
}
