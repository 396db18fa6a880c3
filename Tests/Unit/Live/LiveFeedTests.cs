using System.Net.ServerSentEvents;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using SecKill.Gateway.Live;
using SecKill.Grains.Interfaces;
using Xunit;

namespace SecKill.Tests.Unit.Live;

/// <summary>Cheap: a sale is read once for all who watch it, only while somebody does, and nobody is sent what he knows.</summary>
public sealed class LiveFeedTests : IDisposable
{
    private readonly LivePace _pace = new(Options.Create(new LiveOptions { Interval = TimeSpan.FromMilliseconds(100) }));
    private readonly CountingSource _source = new();
    private readonly SemaphoreSlim _openings = new(1);
    private readonly CancellationTokenSource _stop = new();
    private readonly LiveFeed _feed;

    public LiveFeedTests() => _feed = new LiveFeed(_source, _pace, NullLogger.Instance);

    [Fact]
    public async Task A_thousand_watchers_cost_one_reading_each_time_and_all_get_the_same_bytes()
    {
        var watchers = Enumerable.Range(0, 1_000).Select(_ => NewWatcher()).ToArray();
        var running = _feed.RunAsync(_openings, _stop.Token);
        Assert.True(await _feed.Exists);

        for (var round = 1; round <= 3; round++)
        {
            var events = await Task.WhenAll(watchers.Select(NextAsync));
            // One array for all, and written once each time: the number tells.
            var bytes = Assert.Single(events.Select(reading => reading.Event).Distinct());
            Assert.StartsWith($"id: {round}\n", Encoding.UTF8.GetString(bytes), StringComparison.Ordinal);
            _source.Json = $$"""{"left":{{100 - round}}}""";
        }

        await StopAsync(running);
        Assert.All(watchers, watcher => Assert.True(watcher.Readings.Completion.IsCompleted));
    }

    [Fact]
    public async Task What_says_nothing_new_is_not_sent()
    {
        var watcher = NewWatcher();
        var running = _feed.RunAsync(_openings, _stop.Token);
        await NextAsync(watcher);

        var readings = _source.Readings;
        await Eventually.HoldsAsync("It is read on", "3 more", () => Task.FromResult(_source.Readings), now => now >= readings + 3, TimeSpan.FromSeconds(10));
        Assert.False(watcher.Readings.TryRead(out _));

        _source.Json = """{"left":1}""";
        Assert.Contains("\"left\":1", Encoding.UTF8.GetString((await NextAsync(watcher)).Event), StringComparison.Ordinal);
        await StopAsync(running);
    }

    [Fact]
    public void That_a_quiet_sale_is_alive_is_an_event_which_scripts_see_and_without_data()
    {
        var heard = Assert.Single(SseParser.Create(new MemoryStream(LiveReading.Heartbeat.Event)).Enumerate());

        Assert.Equal(("alive", ""), (heard.EventType, heard.Data));
    }

    [Fact]
    public async Task Who_is_slow_is_not_sent_a_sign_of_life_in_place_of_the_last_that_there_is_to_say()
    {
        var slow = new LiveWatcher();
        var last = LiveReading.Of(1, "{}"u8.ToArray(), DateTimeOffset.UnixEpoch);
        slow.Offer(last);
        slow.Offer(LiveReading.Heartbeat);
        Assert.Same(last, await NextAsync(slow));

        slow.Offer(LiveReading.Heartbeat);
        Assert.Same(LiveReading.Heartbeat, await NextAsync(slow));
    }

    [Fact]
    public async Task Who_is_slow_gets_the_latest_and_nothing_piles_up()
    {
        var slow = NewWatcher();
        for (var left = 10; left > 0; left--)
            slow.Offer(LiveReading.Of(10 - left, Encoding.UTF8.GetBytes($$"""{"left":{{left}}}"""), DateTimeOffset.UnixEpoch));

        Assert.Equal("""{"left":1,"time":0}""", Encoding.UTF8.GetString((await NextAsync(slow)).Json!));
        Assert.False(slow.Readings.TryRead(out _));
    }

    [Fact]
    public async Task With_its_last_watcher_it_ends_a_little_later_and_takes_nobody_in_any_more()
    {
        var watcher = NewWatcher();
        var running = _feed.RunAsync(_openings, _stop.Token);
        await NextAsync(watcher);
        _feed.Leave(watcher);

        await running.WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);

        Assert.False(_feed.TryJoin(new LiveWatcher()));
    }

    [Fact]
    public async Task It_ends_some_seconds_after_its_last_watcher_however_far_apart_its_readings_are()
    {
        // So many are watched that each is read every 500 s.
        _pace.Feeds = () => 100_000;
        var running = _feed.RunAsync(_openings, _stop.Token);
        Assert.True(await _feed.Exists);

        await running.WaitAsync(TimeSpan.FromSeconds(15), TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task What_cannot_be_read_is_trouble_and_then_shows_again_although_it_is_as_before()
    {
        var watcher = NewWatcher();
        var running = _feed.RunAsync(_openings, _stop.Token);
        var before = await NextAsync(watcher);
        var json = _source.Json;

        _source.Json = null;
        Assert.Same(LiveReading.Trouble, await NextAsync(watcher));
        _source.Json = json;
        var after = await NextAsync(watcher);
        while (after == LiveReading.Trouble)
            after = await NextAsync(watcher);

        Assert.Equal(Json(before), Json(after));
        await StopAsync(running);

        static string Json(LiveReading reading) => Encoding.UTF8.GetString(reading.Json!).Split(",\"time\"")[0];
    }

    [Theory]
    [InlineData(100, 1, 1.0)]
    [InlineData(9_000, 1, 3.0)]
    // Whole intervals.
    [InlineData(9_001, 1, 4.0)]
    [InlineData(10, 1_000, 5.0)]
    public void The_more_there_is_to_send_or_to_read_the_less_often(int watchers, int feeds, double seconds)
    {
        var pace = new LivePace(Options.Create(new LiveOptions())) { Watchers = () => watchers, Feeds = () => feeds };
        Assert.Equal(seconds, pace.Period.TotalSeconds);
    }

    public void Dispose()
    {
        _stop.Dispose();
        _openings.Dispose();
    }

    private LiveWatcher NewWatcher()
    {
        var watcher = new LiveWatcher();
        Assert.True(_feed.TryJoin(watcher));
        return watcher;
    }

    private static Task<LiveReading> NextAsync(LiveWatcher watcher) =>
        watcher.Readings.ReadAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);

    private async Task StopAsync(Task running)
    {
        await _stop.CancelAsync();
        await running;
    }

    private sealed class CountingSource : LiveSource
    {
        private int _readings;

        public int Readings => Volatile.Read(ref _readings);

        public string? Json { get; set; } = """{"left":100}""";

        public override Task<byte[]?> ReadAsync()
        {
            Interlocked.Increment(ref _readings);
            return Json is { } json ? Task.FromResult<byte[]?>(Encoding.UTF8.GetBytes(json)) : throw new UnavailableException("Not now.");
        }
    }
}
