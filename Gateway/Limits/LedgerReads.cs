using System.Threading.RateLimiting;

namespace SecKill.Gateway.Limits;

/// <summary>
/// Bounds the reads of the ledger that this gateway has under way: searches, feeds, reports. Any user may ask for them, and the ledger's
/// connections are needed for what was won.
/// </summary>
internal sealed class LedgerReads : IDisposable
{
    private const int AtOnce = 8;
    private const int MaxWaiting = 256;
    private const int AtOnceOfCaller = 2;
    private const int MaxWaitingOfCaller = 16;

    // So that one user's many slow reads do not hold up the others', and none waits for long.
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(5);

    private readonly PartitionedRateLimiter<string> _limiter = PartitionedRateLimiter.CreateChained(
        PartitionedRateLimiter.Create<string, string>(caller => RateLimitPartition.GetConcurrencyLimiter(caller, _ => Options(AtOnceOfCaller, MaxWaitingOfCaller))),
        PartitionedRateLimiter.Create<string, string>(_ => RateLimitPartition.GetConcurrencyLimiter("", _ => Options(AtOnce, MaxWaiting))));

    /// <summary>Reads for a user, when it is the user's turn.</summary>
    /// <exception cref="UnavailableException">Too many wait already, or it took too long to get a turn; or it could not be read.</exception>
    public async Task<T> RunAsync<T>(string caller, Func<Task<T>> read, CancellationToken cancellation)
    {
        using var lease = await AcquireAsync(caller, cancellation);
        return await read();
    }

    public void Dispose() => _limiter.Dispose();

    private async Task<RateLimitLease> AcquireAsync(string caller, CancellationToken cancellation)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        patience.CancelAfter(_patience);
        try
        {
            var lease = await _limiter.AcquireAsync(caller, permitCount: 1, patience.Token);
            if (lease.IsAcquired)
                return lease;
            lease.Dispose();
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
        }
        GatewayMetrics.Rejected.Add(GatewayLimit.ReadsWaiting);
        throw new UnavailableException("Too many reads of the ledger are waiting already.");
    }

    private static ConcurrencyLimiterOptions Options(int atOnce, int waiting) =>
        new() { PermitLimit = atOnce, QueueLimit = waiting, QueueProcessingOrder = QueueProcessingOrder.OldestFirst };
}
