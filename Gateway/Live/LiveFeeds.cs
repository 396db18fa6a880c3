using System.Collections.Concurrent;
using Microsoft.Extensions.Options;
using SecKill.Gateway.Hosting;
using SecKill.Grains.Interfaces;
using SecKill.Grains.Interfaces.Coupons;

namespace SecKill.Gateway.Live;

/// <summary>All that is watched at this gateway, and how many watch.</summary>
internal sealed class LiveFeeds : IDisposable
{
    // An opening takes milliseconds. Anybody may ask for names that nobody sells, and each of them has the ledger asked.
    private const int OpeningsAtOnce = 8;

    private readonly IGrainFactory _grains;
    private readonly LivePace _pace;
    private readonly ILogger<LiveFeeds> _logger;
    private readonly int _maxWatchers;
    private readonly CancellationToken _stopping;
    private readonly ConcurrentDictionary<string, Lazy<LiveFeed>> _feeds = new();
    private readonly SemaphoreSlim _openings = new(OpeningsAtOnce);
    private int _watchers;

    /// <summary>Made once a gateway.</summary>
    public LiveFeeds(
        IGrainFactory grains, LivePace pace, IOptions<LiveOptions> options, IHostApplicationLifetime lifetime, ILogger<LiveFeeds> logger)
    {
        (_grains, _pace, _logger) = (grains, pace, logger);
        _maxWatchers = options.Value.MaxWatchers;
        // Streams would hold up whoever stops for as long as it waits for requests to end.
        _stopping = lifetime.ApplicationStopping;
        (pace.Watchers, pace.Feeds) = (() => Watchers, () => _feeds.Count);
    }

    /// <summary>How many watch.</summary>
    public int Watchers => Volatile.Read(ref _watchers);

    /// <summary>Takes a place for a watcher; false where there is none. To be left again.</summary>
    public bool TryEnter()
    {
        if (Interlocked.Increment(ref _watchers) <= _maxWatchers && !_stopping.IsCancellationRequested)
            return true;
        Leave();
        return false;
    }

    /// <summary>Leaves a place.</summary>
    public void Leave() => Interlocked.Decrement(ref _watchers);

    /// <summary>Has a watcher watch a sale, or the board where that is null.</summary>
    /// <returns>The feed, to be left; null where there is no such coupon.</returns>
    /// <exception cref="UnavailableException">It cannot be read; or what else says so.</exception>
    public async Task<LiveFeed?> JoinAsync(CouponId? coupon, LiveWatcher watcher)
    {
        var key = coupon?.Key ?? "";
        while (true)
        {
            var place = _feeds.GetOrAdd(key, static (name, made) => new Lazy<LiveFeed>(() => made.Self.Open(name, made.Coupon)), (Self: this, Coupon: coupon));
            if (!place.Value.TryJoin(watcher))
            {
                // Over between the two lines; the next one is a new one.
                _feeds.TryRemove(KeyValuePair.Create(key, place));
                continue;
            }
            return await place.Value.Exists ? place.Value : null;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _openings.Dispose();

    private LiveFeed Open(string key, CouponId? coupon)
    {
        var feed = new LiveFeed(LiveSource.Of(coupon, _grains), _pace, _logger);
        _ = RunAsync();
        return feed;

        async Task RunAsync()
        {
            await feed.RunAsync(_openings, _stopping).ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
            // Whoever finds it before sees that it is over.
            if (_feeds.TryGetValue(key, out var place) && place.IsValueCreated && place.Value == feed)
                _feeds.TryRemove(KeyValuePair.Create(key, place));
        }
    }
}
