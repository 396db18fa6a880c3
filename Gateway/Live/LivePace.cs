using System.Diagnostics;
using Microsoft.Extensions.Options;

namespace SecKill.Gateway.Live;

/// <summary>
/// When to report, to read, and to send. Everywhere at the same moments of the day: claims are reported at the beginning of an
/// interval and read in the middle of it, so that a reading has whole reports in it, of all gateways, and rates do not jump. Where
/// clocks differ, they do.
/// </summary>
internal sealed class LivePace(IOptions<LiveOptions> options)
{
    // Each sale that is watched is a call to its grain and a script.
    private const int ReadingsPerSecond = 200;

    private static readonly TimeSpan _early = TimeSpan.FromMilliseconds(30);

    // So few need no spreading.
    private const int AtOnce = 16;

    private static readonly TimeSpan _breath = TimeSpan.FromMilliseconds(10);

    private readonly LiveOptions _options = options.Value;

    /// <summary>How many watch at this gateway.</summary>
    public Func<int> Watchers { get; set; } = () => 0;

    /// <summary>How many sales are watched at this gateway.</summary>
    public Func<int> Feeds { get; set; } = () => 0;

    /// <summary>The time from one reading to the next: more intervals, the more there is to read and to send.</summary>
    public TimeSpan Period => _options.Interval * Intervals;

    // Whole ones, or each who comes would shift the moments of all the others.
    private int Intervals
    {
        get
        {
            var seconds = Math.Max((double)Watchers() / _options.EventsPerSecond, (double)Feeds() / ReadingsPerSecond);
            return Math.Max(1, (int)Math.Ceiling(seconds / _options.Interval.TotalSeconds));
        }
    }

    /// <summary>Returns when the next reports are due.</summary>
    public Task NextReportAsync(CancellationToken stop) => Task.Delay(Until(_options.Interval, TimeSpan.Zero), stop);

    /// <summary>The time until the next reading is due.</summary>
    /// <param name="feed">Any number of the feed's own, 0 or more: not all are read in the same interval where there are several.</param>
    public TimeSpan UntilNextReading(int feed)
    {
        var intervals = Intervals;
        return Until(_options.Interval * intervals, _options.Interval * ((feed % intervals) + 0.4));
    }

    /// <summary>
    /// Does something for each, a few at a time and spread over most of the time there is: ten thousand at once would have claims
    /// wait behind them.
    /// </summary>
    public async Task SpreadAsync<T>(T[] items, Action<T> action, CancellationToken stop)
    {
        var (span, begun, done) = (Period * 0.6, Stopwatch.GetTimestamp(), 0);
        while (true)
        {
            // By the clock, since a breath may take longer where there is much to do.
            var due = (int)(items.Length * Math.Min(1, Stopwatch.GetElapsedTime(begun) / span));
            due = Math.Min(items.Length, Math.Max(due, done + AtOnce));
            foreach (var item in items.AsSpan(done, due - done))
                action(item);
            done = due;
            if (done == items.Length)
                return;
            await Task.Delay(_breath, stop);
        }
    }

    private static TimeSpan Until(TimeSpan period, TimeSpan offset)
    {
        var now = DateTime.UtcNow.Ticks;
        var next = ((((now - offset.Ticks) / period.Ticks) + 1) * period.Ticks) + offset.Ticks;
        // A timer may ring some milliseconds early; the moment that it was set for is not the next one.
        var wait = new TimeSpan(next - now);
        return wait > _early ? wait : wait + period;
    }
}
