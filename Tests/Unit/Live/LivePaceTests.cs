using Microsoft.Extensions.Options;
using SecKill.Gateway.Live;

namespace SecKill.Tests.Unit.Live;

/// <summary>The rates of a steady sale are steady: as many reports of claims fall between any two reads of a feed.</summary>
public sealed class LivePaceTests
{
    private static readonly TimeSpan _interval = TimeSpan.FromSeconds(1);

    private readonly TestClock _clock = new();
    private readonly LivePace _pace;

    public LivePaceTests() => _pace = new LivePace(Options.Create(new LiveOptions { Interval = _interval }), _clock);

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    public void As_many_reports_fall_between_any_two_reads_whenever_a_feed_was_begun(int intervals)
    {
        _pace.Feeds = () => 200 * intervals;
        for (var phase = 0; phase < 40; phase++)
        {
            _clock.Advance(_interval / 40);
            Assert.All(ReportsBetweenReads(), count => Assert.Equal(intervals, count));
        }
    }

    [Fact]
    public void Feeds_that_were_begun_at_different_times_are_read_at_different_times()
    {
        var begun = _clock.GetUtcNow();
        var waits = Enumerable.Range(0, 40).Select(i => _pace.UntilRead(begun + (i * _interval / 40)));
        Assert.Equal(40, waits.Distinct().Count());
    }

    [Fact]
    public void The_more_there_is_to_send_or_to_read_the_less_often()
    {
        Assert.Equal(_interval, _pace.Period);

        // A tenth of an interval too many for ten.
        _pace.Subscribers = () => (int)(10.1 * new LiveOptions().EventsPerSecond);
        Assert.Equal(11 * _interval, _pace.Period);

        // 200 reads a second.
        (_pace.Subscribers, _pace.Feeds) = (() => 0, () => 1_001);
        Assert.Equal(6 * _interval, _pace.Period);
    }

    /// <summary>Of a feed that begins now, with timers that are up to 200 ms late or some milliseconds early.</summary>
    private List<int> ReportsBetweenReads()
    {
        var begun = _clock.GetUtcNow();
        var (report, read) = (begun + _pace.UntilReport(), begun + _pace.UntilRead(begun));
        var (counts, reports) = (new List<int>(), 0);
        for (var wake = 0; counts.Count < 6; wake++)
        {
            var late = TimeSpan.FromMilliseconds(wake % 3 * 101 - 2);
            if (report < read)
            {
                _clock.SetUtcNow(report);
                reports++;
                report += _pace.UntilReport() + late;
            }
            else
            {
                _clock.SetUtcNow(read);
                counts.Add(reports);
                reports = 0;
                read += _pace.UntilRead(begun) + late;
            }
        }
        // Before the first read there was another read, at the opening.
        return counts[1..];
    }
}
