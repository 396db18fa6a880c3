using System.Threading.RateLimiting;

namespace SecKill.Gateway.Redemptions;

/// <summary>
/// Limits how many batches of a seller are under way: each holds its body in memory, and its codes wait in the same queue as those of all other
/// sellers' tills.
/// </summary>
internal sealed class BatchLimit : IDisposable
{
    private const int AtOnce = 4;

    private readonly PartitionedRateLimiter<string> _limiter = PartitionedRateLimiter.Create<string, string>(seller =>
        RateLimitPartition.GetConcurrencyLimiter(seller, _ => new ConcurrencyLimiterOptions { PermitLimit = AtOnce, QueueLimit = 0 }));

    public static Reply Refusal { get; } = Reply.TooMany("Too many batches of this seller are under way. Try again when one has ended.");

    /// <summary>Begins a batch, which lasts until the lease is disposed.</summary>
    /// <returns>Null where it may not.</returns>
    public RateLimitLease? Begin(string seller)
    {
        var lease = _limiter.AttemptAcquire(seller);
        if (lease.IsAcquired)
            return lease;
        lease.Dispose();
        GatewayMetrics.Rejected.Add(GatewayLimit.Changes);
        return null;
    }

    public void Dispose() => _limiter.Dispose();
}
