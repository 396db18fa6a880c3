using System.Collections.Concurrent;
using SecKill.ServiceDefaults.Batching;

namespace SecKill.Gateway.Claims;

/// <summary>
/// Sends joins and leaves of waiting lists in batches, as <see cref="ClaimChannels"/> does with claims: a coupon's go to its grain in a call of
/// each kind while the next ones gather, a customer's own in their order. Joins of a full line are refused by the coupon's lease, as claims
/// are. Bounds how many wait, and how long.
/// </summary>
internal sealed partial class WaitChannels(
    IGrainFactory grains, ClaimChannels claims, IOptions<ClaimOptions> options, TimeProvider clock, ILogger<WaitChannels> logger) : BackgroundService
{
    private static readonly TimeSpan _sweepPeriod = TimeSpan.FromSeconds(10);

    private readonly ConcurrentDictionary<CouponId, Channel> _channels = new();
    private int _waiting;

    /// <summary>Puts a customer in line, or takes the customer out of it. Never throws for want of a silo; then it is undecided.</summary>
    public async Task<Waited> AskAsync(CouponId coupon, bool isJoin, string customer)
    {
        if (isJoin && claims.IsFullFor(coupon, customer))
            return new Waited(WaitOutcome.Full, 0, 0);
        if (Interlocked.Increment(ref _waiting) > options.Value.MaxWaiting)
        {
            Interlocked.Decrement(ref _waiting);
            return default;
        }
        try
        {
            while (true)
            {
                var channel = _channels.GetOrAdd(coupon, static (key, self) => new Channel(waits => self.SendAsync(key, waits)), this);
                // A rush to one coupon leaves room for the others.
                if (!channel.TryEnter(options.Value.MaxWaiting / 2))
                    return default;
                try
                {
                    if (channel.TryAdd(new PendingWait(isJoin, customer, clock.GetTimestamp()), out var waited))
                        return await waited;
                }
                finally
                {
                    channel.Leave();
                }
                // Closed since it was found.
                _channels.TryRemove(KeyValuePair.Create(coupon, channel));
            }
        }
        finally
        {
            Interlocked.Decrement(ref _waiting);
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(_sweepPeriod, clock);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            foreach (var channel in _channels)
            {
                if (channel.Value.TryClose())
                    _channels.TryRemove(channel);
            }
        }
    }

    private async Task<IReadOnlyList<Waited>> SendAsync(CouponId coupon, IReadOnlyList<PendingWait> waits)
    {
        // All undecided.
        var answers = new Waited[waits.Count];
        var (leaves, joins, leaving, joining) = (new List<int>(), new List<int>(), new HashSet<string>(), new HashSet<string>());
        for (var i = 0; i < waits.Count; i++)
        {
            var (isJoin, customer, _) = waits[i];
            // What this customer asked for before comes first.
            if ((isJoin ? leaving : joining).Contains(customer))
                await SendBothAsync();
            (isJoin ? joins : leaves).Add(i);
            (isJoin ? joining : leaving).Add(customer);
        }
        await SendBothAsync();
        return answers;

        async Task SendBothAsync()
        {
            await SendThoseAsync(isJoin: false, leaves);
            await SendThoseAsync(isJoin: true, joins);
            leaves.Clear();
            joins.Clear();
            leaving.Clear();
            joining.Clear();
        }

        async Task SendThoseAsync(bool isJoin, List<int> those)
        {
            // One that has waited for too long is given up by now, and its customer may have thought better of it.
            var limit = options.Value.WaitingLimit;
            if (those.RemoveAll(i => clock.GetElapsedTime(waits[i].Since) > limit) is > 0 and var late)
                LogLate(late, coupon.Key, limit);
            if (those.Count == 0)
                return;
            var replies = await SendAsync(coupon, isJoin, [.. those.Select(i => waits[i].Customer)]);
            for (var i = 0; i < those.Count; i++)
                answers[those[i]] = replies[i];
        }
    }

    private async Task<IReadOnlyList<Waited>> SendAsync(CouponId coupon, bool isJoin, string[] users)
    {
        var sent = clock.GetTimestamp();
        try
        {
            var grain = grains.GetGrain<ICouponGrain>(coupon.Key);
            var reply = await (isJoin ? grain.Join(users, claims.KnownOf(coupon)) : grain.Leave(users)).WaitAsync(options.Value.CallLimit, clock);
            if (reply.Refusal is { } lease)
                claims.Learn(coupon, lease, sent);
            return [.. reply.Outcomes.Select((outcome, i) => new Waited(outcome, reply.Places[i], reply.Of))];
        }
        catch (Exception fault) when (fault is not OutOfMemoryException)
        {
            // Whatever the fault is, the silo may have decided them.
            LogUndecided(users.Length, coupon.Key, fault);
            return new Waited[users.Length];
        }
    }

    [LoggerMessage(EventIds.WaitsCallUndecided, LogLevel.Warning, "{Count} joins or leaves of the waiting list of {Coupon} undecided.")]
    private partial void LogUndecided(int count, string coupon, Exception fault);

    [LoggerMessage(EventIds.WaitsTooLate, LogLevel.Warning, "{Count} joins or leaves of the waiting list of {Coupon} undecided. They had waited for more than {Limit}.")]
    private partial void LogLate(int count, string coupon, TimeSpan limit);

    /// <summary>What a customer who joins or leaves is told.</summary>
    /// <param name="Outcome">What became of it.</param>
    /// <param name="Place">The place in line; 0 for one who does not wait.</param>
    /// <param name="Of">How many wait.</param>
    internal readonly record struct Waited(WaitOutcome Outcome, long Place, long Of);

    /// <summary>A join or leave that waits for its batch.</summary>
    private readonly record struct PendingWait(bool IsJoin, string Customer, long Since);

    private sealed class Channel(Func<IReadOnlyList<PendingWait>, Task<IReadOnlyList<Waited>>> send)
    {
        // WaitChannels bounds how many wait.
        private readonly NaturalBatcher<PendingWait, Waited> _batcher = new(send, ClaimBatch.MaxUsers, maxWaiting: int.MaxValue, name: "waiting list call");
        private volatile bool _isUsed;
        private int _inside;

        /// <summary>Takes a place. <see cref="Leave"/> gives it back.</summary>
        public bool TryEnter(int places)
        {
            if (Interlocked.Increment(ref _inside) <= places)
                return true;
            Leave();
            return false;
        }

        public void Leave() => Interlocked.Decrement(ref _inside);

        public bool TryAdd(PendingWait wait, out Task<Waited> waited)
        {
            _isUsed = true;
            return _batcher.TryAdd(wait, out waited);
        }

        /// <summary>Closes it if it was not used since the last attempt.</summary>
        public bool TryClose()
        {
            var isUsed = _isUsed;
            _isUsed = false;
            return !isUsed && _batcher.TryRetire();
        }
    }
}
