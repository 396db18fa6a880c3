using SecKill.Research.Compare.Contenders;
using StackExchange.Redis;

namespace SecKill.Research.Compare.Checks;

/// <summary>Samples the outbox depth during a sale.</summary>
internal sealed class QueueSampler : IAsyncDisposable
{
    private static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(100);
    // Limits the polling of a thousand outboxes.
    private static readonly TimeSpan _pausePerQueue = TimeSpan.FromMilliseconds(1);

    private readonly IDatabase _redis;
    private readonly RedisKey[] _queues;
    private readonly CancellationTokenSource _end = new();
    private readonly Task _sampling;
    private long _most;

    private QueueSampler(IDatabase redis, MeasuredSale sale)
    {
        _redis = redis;
        _queues = [.. sale.Coupons.Select(coupon => (RedisKey)$"coupon:{{{sale.Name}/{coupon}}}:queue")];
        _sampling = SampleAsync(_end.Token);
    }

    /// <summary>Starts; null if there are no outboxes or they cannot be read.</summary>
    public static QueueSampler? Start(Contender contender, MeasuredSale sale) =>
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

/// <summary>Claims won and not yet in the ledger.</summary>
/// <param name="Most">The most that were seen while selling.</param>
/// <param name="AtEnd">When the load ended.</param>
internal sealed record Backlog(long Most, long AtEnd);
