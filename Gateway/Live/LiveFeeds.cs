using Microsoft.Extensions.Options;
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
    private readonly LivePlaces _watchers;
    private readonly LivePlaces _sales;
    private readonly CancellationToken _stopping;
    private readonly Lock _gate = new();
    private readonly Dictionary<string, LiveFeed> _feeds = [];
    private readonly SemaphoreSlim _openings = new(OpeningsAtOnce);

    /// <summary>Made once a gateway.</summary>
    public LiveFeeds(
        IGrainFactory grains, LivePace pace, IOptions<LiveOptions> options, IHostApplicationLifetime lifetime, ILogger<LiveFeeds> logger)
    {
        (_grains, _pace, _logger) = (grains, pace, logger);
        _watchers = new LivePlaces(options.Value.MaxWatchers, options.Value.WatchersPerAddress);
        _sales = new LivePlaces(options.Value.MaxSales, options.Value.SalesPerAddress);
        // Streams would hold up a gateway that stops for as long as it waits for requests to end.
        _stopping = lifetime.ApplicationStopping;
        (pace.Watchers, pace.Feeds) = (() => _watchers.Taken, () => _sales.Taken);
    }

    /// <summary>How many watch.</summary>
    public int Watchers => _watchers.Taken;

    /// <summary>Takes a place for a watcher, to be left again.</summary>
    public LivePlace Enter(int address) => _stopping.IsCancellationRequested ? LivePlace.AllTaken : _watchers.Take(address);

    /// <summary>Leaves a place.</summary>
    public void Leave(int address) => _watchers.GiveBack(address);

    /// <summary>Has a watcher join the feed of a sale, or of the board where that is null.</summary>
    /// <param name="coupon">The sale.</param>
    /// <param name="watcher">Who.</param>
    /// <param name="address">Of the client; a feed that is begun for it counts as its own until it is over.</param>
    /// <param name="feed">The feed, to be left again; whether there is such a sale, it knows after its first reading.</param>
    public LivePlace Join(CouponId? coupon, LiveWatcher watcher, int address, out LiveFeed? feed)
    {
        var key = coupon?.Key ?? "";
        lock (_gate)
        {
            if (_feeds.TryGetValue(key, out feed) && feed.TryJoin(watcher))
                return LivePlace.Taken;
            feed = null;
            // The board is one for all, and takes no place.
            if (coupon is not null && _sales.Take(address) is not LivePlace.Taken and var refused)
                return refused;
            feed = new LiveFeed(LiveSource.Of(coupon, _grains), _pace, _logger);
            _feeds[key] = feed;
            feed.TryJoin(watcher);
        }
        _ = RunAsync(key, feed, address);
        return LivePlace.Taken;
    }

    /// <inheritdoc/>
    public void Dispose() => _openings.Dispose();

    private async Task RunAsync(string key, LiveFeed feed, int address)
    {
        await feed.RunAsync(_openings, _stopping).ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        lock (_gate)
        {
            // Since it was over, another one may have taken its place.
            if (_feeds.GetValueOrDefault(key) == feed)
                _feeds.Remove(key);
        }
        if (key.Length > 0)
            _sales.GiveBack(address);
    }
}
