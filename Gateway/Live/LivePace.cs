namespace SecKill.Gateway.Live;

/// <summary>When claims are reported, sales are read and events are sent: the more there are, the less often.</summary>
internal sealed class LivePace(IOptions<LiveOptions> options, TimeProvider clock)
{
    // Each read is a call of the sale's grain and a script.
    private const int ReadsPerSecond = 200;

    // So few need no spreading.
    private const int AtOnce = 16;

    private static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(10);

    // A timer may fire some milliseconds early.
    private static readonly TimeSpan _early = TimeSpan.FromMilliseconds(30);

    private readonly LiveOptions _options = options.Value;

    /// <summary>The clock of all feeds.</summary>
    public TimeProvider Clock => clock;

    /// <summary>How many subscribers this gateway has.</summary>
    public Func<int> Subscribers { get; set; } = () => 0;

    /// <summary>How many sales have subscribers here.</summary>
    public Func<int> Feeds { get; set; } = () => 0;

    /// <summary>The time from one read of a sale to the next: whole intervals, so that each newcomer does not change it.</summary>
    public TimeSpan Period
    {
        get
        {
            var seconds = Math.Max((double)Subscribers() / _options.EventsPerSecond, (double)Feeds() / ReadsPerSecond);
            return _options.Interval * Math.Max(1, Math.Ceiling(seconds / _options.Interval.TotalSeconds));
        }
    }

    /// <summary>The time until the next report of claims: whole intervals of UTC, at all gateways.</summary>
    public TimeSpan UntilReport() => UntilNext(default, _options.Interval);

    /// <summary>
    /// The time until a feed's next read: in the middle between two reports, so that as many of them fall between any two reads. Were a read
    /// due at the time of a report, it would come now before it and now after it, and the rates jump between none and twice as much.
    /// </summary>
    /// <param name="begun">When the feed was begun; reads of different feeds are spread by it.</param>
    public TimeSpan UntilRead(DateTimeOffset begun)
    {
        var since = begun.Ticks % _options.Interval.Ticks;
        return UntilNext(begun.AddTicks((_options.Interval.Ticks / 4) - (since / 2) - _options.Interval.Ticks), Period);
    }

    /// <summary>Acts on each item, a few at a time over most of the period: ten thousand writes at once would delay claims.</summary>
    public async Task SpreadAsync<T>(T[] items, Action<T> action, CancellationToken stop)
    {
        var (span, begun, done) = (Period * 0.6, clock.GetTimestamp(), 0);
        while (true)
        {
            // By the clock: on a busy machine a pause takes longer.
            var due = (int)(items.Length * Math.Min(1, clock.GetElapsedTime(begun) / span));
            due = Math.Min(items.Length, Math.Max(due, done + AtOnce));
            foreach (var item in items.AsSpan(done, due - done))
                action(item);
            done = due;
            if (done == items.Length)
                return;
            await Task.Delay(_pause, clock, stop);
        }
    }

    private TimeSpan UntilNext(DateTimeOffset first, TimeSpan period)
    {
        var wait = TimeSpan.FromTicks(period.Ticks - ((clock.GetUtcNow() - first).Ticks % period.Ticks));
        return wait > _early ? wait : wait + period;
    }
}
