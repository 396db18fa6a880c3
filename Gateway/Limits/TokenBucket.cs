using System.Threading.RateLimiting;
using SecKill.Gateway.Http;

namespace SecKill.Gateway.Limits;

/// <summary>The settings and the refusal that all limits by the framework's token buckets share.</summary>
internal static class TokenBucket
{
    // A partitioned limiter refills its buckets every 100 ms, and may be that late.
    private static readonly TimeSpan _refillDelay = TimeSpan.FromMilliseconds(100);

    /// <summary>A bucket of a size that is filled at a rate. Requests over the limit are refused, not queued.</summary>
    public static TokenBucketRateLimiterOptions Of(int burst, double perSecond) => new()
    {
        TokenLimit = burst,
        TokensPerPeriod = 1,
        ReplenishmentPeriod = TimeSpan.FromSeconds(1 / perSecond),
        QueueLimit = 0,
    };

    /// <summary>After how long the next request is let in, in whole seconds.</summary>
    public static int SecondsToWait(RateLimitLease lease) =>
        (int)Math.Ceiling(((lease.TryGetMetadata(MetadataName.RetryAfter, out var wait) ? wait : TimeSpan.Zero) + _refillDelay).TotalSeconds);

    /// <summary>429.</summary>
    public static Reply Refusal(string reason, int seconds) => Reply.TooMany($"{reason} Try again in {seconds} s.", seconds);
}
