using System.Threading.RateLimiting;

namespace SecKill.Gateway.Coupons;

/// <summary>Limits how many exports of a seller are under way: each holds a page in memory, and asks the ledger for one after another.</summary>
internal sealed class ExportLimit : IDisposable
{
    private const int AtOnce = 4;

    private readonly PartitionedRateLimiter<string> _limiter = PartitionedRateLimiter.Create<string, string>(seller =>
        RateLimitPartition.GetConcurrencyLimiter(seller, _ => new ConcurrencyLimiterOptions { PermitLimit = AtOnce, QueueLimit = 0 }));

    public static Reply Refusal { get; } = Reply.TooMany("Too many exports of this seller are under way. Try again when one has ended.", seconds: 5);

    /// <summary>Begins an export, which lasts until the lease is disposed.</summary>
    /// <returns>Null where it may not.</returns>
    public RateLimitLease? Begin(string seller)
    {
        var lease = _limiter.AttemptAcquire(seller);
        if (lease.IsAcquired)
            return lease;
        lease.Dispose();
        GatewayMetrics.Rejected.Add(GatewayLimit.Exports);
        return null;
    }

    public void Dispose() => _limiter.Dispose();
}
