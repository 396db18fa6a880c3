using System.Threading.RateLimiting;

namespace SecKill.Gateway.Limits;

/// <summary>What all limits by the framework's token buckets share.</summary>
internal static class TokenBucket
{
    // A partitioned limiter refills its buckets every 100 ms, and may be that late.
    private static readonly TimeSpan _refillDelay = TimeSpan.FromMilliseconds(100);

    /// <summary>The bucket of a client. Requests over the limit are refused, not queued.</summary>
    /// <param name="everyone">The client that stands for all where there is no limit: a limiter without one is never dropped.</param>
    /// <param name="burst">How many requests are let in at once; 0: any number.</param>
    /// <param name="perSecond">How many a second from then on.</param>
    public static RateLimitPartition<TKey> Of<TKey>(TKey client, TKey everyone, int burst, double perSecond) => burst == 0
        ? RateLimitPartition.GetNoLimiter(everyone)
        : RateLimitPartition.GetTokenBucketLimiter(client, _ => new TokenBucketRateLimiterOptions
        {
            TokenLimit = burst,
            TokensPerPeriod = 1,
            ReplenishmentPeriod = TimeSpan.FromSeconds(1 / perSecond),
            QueueLimit = 0,
        });

    /// <summary>429, with the time after which the next request is let in.</summary>
    public static Reply Refusal(string reason, RateLimitLease lease) =>
        Refusal(reason, (lease.TryGetMetadata(MetadataName.RetryAfter, out var wait) ? wait : TimeSpan.Zero) + _refillDelay);

    /// <summary>429, as an example.</summary>
    public static Reply Sample(string reason) => Refusal(reason, TimeSpan.FromSeconds(1));

    /// <summary>429, with that time.</summary>
    public static Reply Refusal(string reason, TimeSpan wait)
    {
        var seconds = (int)Math.Ceiling(wait.TotalSeconds);
        return Reply.TooMany($"{reason} Try again in {seconds} s.", seconds);
    }
}
