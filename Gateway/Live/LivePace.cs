using Microsoft.Extensions.Options;

namespace SecKill.Gateway.Live;

/// <summary>Bounds how often sales are read and events are sent: the more there are, the longer the period.</summary>
internal sealed class LivePace(IOptions<LiveOptions> options, TimeProvider clock)
{
    // Each read is a call of the sale's grain and a script.
    private const int ReadsPerSecond = 200;

    // So few need no spreading.
    private const int AtOnce = 16;

    private static readonly TimeSpan _breath = TimeSpan.FromMilliseconds(10);

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

    /// <summary>Acts on each item, a few at a time over most of the period: ten thousand writes at once would delay claims.</summary>
    public async Task SpreadAsync<T>(T[] items, Action<T> action, CancellationToken stop)
    {
        var (span, begun, done) = (Period * 0.6, clock.GetTimestamp(), 0);
        while (true)
        {
            // By the clock: on a busy machine a breath takes longer.
            var due = (int)(items.Length * Math.Min(1, clock.GetElapsedTime(begun) / span));
            due = Math.Min(items.Length, Math.Max(due, done + AtOnce));
            foreach (var item in items.AsSpan(done, due - done))
                action(item);
            done = due;
            if (done == items.Length)
                return;
            await Task.Delay(_breath, clock, stop);
        }
    }
}
