using SecKill.Research.Compare.Contenders;
using StackExchange.Redis;

namespace SecKill.Research.Compare.Checks;

/// <summary>Watches how many claims are won and not yet in the ledger, while a sale goes on.</summary>
internal sealed class QueueSampler : IAsyncDisposable
{
    private static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(100);
    // So that the lengths of a thousand queues are not asked for ten times a second.
    private static readonly TimeSpan _pausePerQueue = TimeSpan.FromMilliseconds(1);

    private readonly IDatabase _redis;
    private readonly RedisKey[] _queues;
    private readonly CancellationTokenSource _end = new();
    private readonly Task _sampling;
    private long _most;

    private QueueSampler(IDatabase redis, Sale sale)
    {
        _redis = redis;
        _queues = [.. sale.Coupons.Select(coupon => (RedisKey)$"coupon:{{{sale.Seller}/{coupon}}}:queue")];
        _sampling = SampleAsync(_end.Token);
    }

    /// <summary>Begins; null where the queues cannot be seen, or there are none.</summary>
    public static QueueSampler? Start(Contender contender, Sale sale) =>
        contender is Product { Deployment.Redis: { } redis } && sale.Scenario.Steps.Contains(Step.Claim)
            ? new QueueSampler(redis.GetDatabase(), sale)
            : null;

    /// <summary>Stops; returns the outbox depth now and its maximum.</summary>
    public async Task<Backlog> EndAsync()
    {
        await _end.CancelAsync();
        await _sampling;
        var now = await LengthAsync();
        return new Backlog(Math.Max(_most, now), now);
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _sampling;
        _end.Dispose();
    }

    private async Task SampleAsync(CancellationToken end)
    {
        while (!end.IsCancellationRequested)
        {
            _most = Math.Max(_most, await LengthAsync());
            await Task.Delay(_pause + (_pausePerQueue * _queues.Length), end).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task<long> LengthAsync() => (await Task.WhenAll(_queues.Select(queue => _redis.ListLengthAsync(queue)))).Sum();
}

/// <summary>Claims that are won and not yet in the ledger.</summary>
/// <param name="Most">The most that were seen while selling.</param>
/// <param name="AtEnd">When the load ended.</param>
internal sealed record Backlog(long Most, long AtEnd);
