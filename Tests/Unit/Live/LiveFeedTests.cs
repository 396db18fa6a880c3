using System.Net.ServerSentEvents;
using System.Text;
using Microsoft.Extensions.Options;
using SecKill.Gateway.Live;

namespace SecKill.Tests.Unit.Live;

/// <summary>A sale is read once for all its subscribers, only while it has any, and nothing is sent twice.</summary>
public sealed class LiveFeedTests : IDisposable
{
    private static readonly IOptions<LiveOptions> _options = Options.Create(new LiveOptions { Interval = TimeSpan.FromMilliseconds(100) });
    private readonly CountingSource _source = new();
    private readonly SemaphoreSlim _openings = new(1);
    private readonly CancellationTokenSource _stop = new();
    private readonly LiveFeed _feed;

    public LiveFeedTests() => _feed = new LiveFeed(_source.ReadAsync, new LivePace(_options, TimeProvider.System), NullLogger.Instance);

    [Fact]
    public async Task A_thousand_subscribers_cost_one_read_each_time_and_all_get_the_same_bytes()
    {
        var subscribers = Enumerable.Range(0, 1_000).Select(_ => NewSubscriber()).ToArray();
        var running = _feed.RunAsync(_openings, _stop.Token);
        Assert.True(await _feed.Exists);

        for (var round = 1; round <= 3; round++)
        {
            var events = await Task.WhenAll(subscribers.Select(NextAsync));
            // One array for all, and written once each time: the number tells.
            Assert.Single(events.Distinct());
            Assert.Equal($"{round}", Parsed(events[0]).EventId);
            _source.Json = $$"""{"left":{{100 - round}}}""";
        }

        await StopAsync(running);
        Assert.All(subscribers, subscriber => Assert.True(subscriber.Events.Completion.IsCompleted));
    }

    [Fact]
    public async Task A_snapshot_that_says_nothing_new_is_not_sent()
    {
        var subscriber = NewSubscriber();
        var running = _feed.RunAsync(_openings, _stop.Token);
        await NextAsync(subscriber);

        var readings = _source.Readings;
        await Eventually.HoldsAsync("It is read on", "3 more", () => Task.FromResult(_source.Readings), now => now >= readings + 3, TimeSpan.FromSeconds(10));
        Assert.False(subscriber.Events.TryRead(out _));

        _source.Json = """{"left":1}""";
        Assert.Contains("\"left\":1", Encoding.UTF8.GetString((await NextAsync(subscriber)).Data), StringComparison.Ordinal);
        await StopAsync(running);
    }

    [Fact]
    public void A_heartbeat_is_an_event_which_scripts_see_and_without_data() => Assert.Equal(("alive", ""), (Parsed(LiveEvent.Heartbeat).EventType, Parsed(LiveEvent.Heartbeat).Data));

    [Fact]
    public void The_beginning_of_a_stream_tells_when_to_reconnect_and_is_no_event()
    {
        using var stream = new MemoryStream(LiveEvent.Greeting());
        var parser = SseParser.Create(stream);

        Assert.Empty(parser.Enumerate());
        Assert.InRange(parser.ReconnectionInterval, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(4));
    }

    [Fact]
    public async Task A_heartbeat_does_not_replace_a_snapshot_that_a_slow_subscriber_has_not_been_sent()
    {
        var slow = new Subscriber();
        slow.Offer(LiveEvent.Snapshot(1, "{}"u8, DateTimeOffset.UnixEpoch));
        slow.Offer(LiveEvent.Heartbeat);
        Assert.Equal("1", Parsed(await NextAsync(slow)).EventId);

        slow.Offer(LiveEvent.Heartbeat);
        Assert.Same(LiveEvent.Heartbeat, await NextAsync(slow));
    }

    [Fact]
    public async Task A_slow_subscriber_skips_snapshots_and_gets_the_latest()
    {
        var slow = NewSubscriber();
        for (var left = 10; left > 0; left--)
            slow.Offer(LiveEvent.Snapshot(10 - left, Encoding.UTF8.GetBytes($$"""{"left":{{left}}}"""), DateTimeOffset.UnixEpoch));

        Assert.Equal("""{"left":1,"time":0}""", Encoding.UTF8.GetString((await NextAsync(slow)).Data));
        Assert.False(slow.Events.TryRead(out _));
    }

    [Fact]
    public async Task After_its_last_subscriber_it_lingers_and_then_takes_none_any_more()
    {
        var (clock, subscriber) = (new TestClock(), new Subscriber());
        var feed = new LiveFeed(_source.ReadAsync, new LivePace(_options, clock), NullLogger.Instance);
        Assert.True(feed.Subscribers.TryJoin(subscriber));
        var running = feed.RunAsync(_openings, _stop.Token);
        await NextAsync(subscriber);
        feed.Subscribers.Leave(subscriber);

        Assert.InRange(await EndsAfterAsync(running, clock), TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(5));

        Assert.False(feed.Subscribers.TryJoin(new Subscriber()));
    }

    [Fact]
    public async Task It_ends_some_seconds_after_its_last_subscriber_however_long_its_period_is()
    {
        var clock = new TestClock();
        // So many are watched that each is read every 500 s.
        var feed = new LiveFeed(_source.ReadAsync, new LivePace(_options, clock) { Feeds = () => 100_000 }, NullLogger.Instance);
        var running = feed.RunAsync(_openings, _stop.Token);
        Assert.True(await feed.Exists);

        Assert.InRange(await EndsAfterAsync(running, clock), TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(5));
    }

    [Fact]
    public async Task What_cannot_be_read_is_trouble_and_then_shows_again_although_it_is_as_before()
    {
        var subscriber = NewSubscriber();
        var running = _feed.RunAsync(_openings, _stop.Token);
        var before = await NextAsync(subscriber);
        var json = _source.Json;

        _source.Json = null;
        Assert.Same(LiveEvent.Trouble, await NextAsync(subscriber));
        _source.Json = json;
        var after = await NextAsync(subscriber);
        while (after == LiveEvent.Trouble)
            after = await NextAsync(subscriber);

        Assert.Equal(Json(before), Json(after));
        await StopAsync(running);

        static string Json(LiveEvent item) => Encoding.UTF8.GetString(item.Data).Split(",\"time\"")[0];
    }

    public void Dispose()
    {
        _stop.Dispose();
        _openings.Dispose();
    }

    private Subscriber NewSubscriber()
    {
        var subscriber = new Subscriber();
        Assert.True(_feed.Subscribers.TryJoin(subscriber));
        return subscriber;
    }

    /// <summary>Advances the clock whenever the feed waits.</summary>
    /// <returns>The time until it ended, by that clock.</returns>
    private static async Task<TimeSpan> EndsAfterAsync(Task running, TestClock clock)
    {
        var begun = clock.GetTimestamp();
        while (!running.IsCompleted)
        {
            Assert.True(clock.GetElapsedTime(begun) < TimeSpan.FromMinutes(2), "The feed does not end.");
            if (clock.Timers > 0)
                clock.Advance(TimeSpan.FromMilliseconds(100));
            await Task.Delay(1, TestContext.Current.CancellationToken);
        }
        await running;
        return clock.GetElapsedTime(begun);
    }

    private static SseItem<string> Parsed(LiveEvent sent)
    {
        using var stream = new MemoryStream(sent.Bytes.ToArray());
        return Assert.Single(SseParser.Create(stream).Enumerate());
    }

    private static Task<LiveEvent> NextAsync(Subscriber subscriber) =>
        subscriber.Events.ReadAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);

    private async Task StopAsync(Task running)
    {
        await _stop.CancelAsync();
        await running;
    }

    private sealed class CountingSource
    {
        private int _readings;

        public int Readings => Volatile.Read(ref _readings);

        public string? Json { get; set; } = """{"left":100}""";

        public Task<byte[]?> ReadAsync()
        {
            Interlocked.Increment(ref _readings);
            return Json is { } json ? Task.FromResult<byte[]?>(Encoding.UTF8.GetBytes(json)) : throw new UnavailableException("Not now.");
        }
    }
}
