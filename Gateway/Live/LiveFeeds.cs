using Microsoft.Extensions.Options;
using SecKill.Grains.Interfaces.Coupons;

namespace SecKill.Gateway.Live;

/// <summary>The feeds of this gateway, and the places of their subscribers.</summary>
internal sealed class LiveFeeds : IDisposable
{
    // An opening takes milliseconds. Anyone may ask for names that do not exist, and each of them queries the ledger.
    private const int OpeningsAtOnce = 8;

    private readonly IGrainFactory _grains;
    private readonly LivePace _pace;
    private readonly ILogger<LiveFeeds> _logger;
    private readonly LivePlaces _subscribers;
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
        _subscribers = new LivePlaces(options.Value.MaxWatchers, options.Value.WatchersPerAddress);
        _sales = new LivePlaces(options.Value.MaxSales, options.Value.SalesPerAddress);
        // The host waits for requests to end before it stops, and streams do not end by themselves.
        _stopping = lifetime.ApplicationStopping;
        (pace.Subscribers, pace.Feeds) = (() => _subscribers.Taken, () => _sales.Taken);
    }

    /// <summary>How many subscribers there are.</summary>
    public int Subscribers => _subscribers.Taken;

    /// <summary>Takes a place for a subscriber. <see cref="Leave"/> gives it back.</summary>
    public LivePlace Enter(int address) => _stopping.IsCancellationRequested ? LivePlace.AllTaken : _subscribers.Take(address);

    /// <summary>Gives a place back.</summary>
    public void Leave(int address) => _subscribers.GiveBack(address);

    /// <summary>Adds a subscriber to the feed of a sale, or of the board if that is null.</summary>
    /// <param name="coupon">The sale.</param>
    /// <param name="subscriber">The subscriber.</param>
    /// <param name="address">The client's address; a feed that is begun for it takes one of its places until it is over.</param>
    /// <param name="feed">The feed, to be left again. It knows after its first read whether there is such a sale.</param>
    public LivePlace Join(CouponId? coupon, Subscriber subscriber, int address, out LiveFeed? feed)
    {
        var key = coupon?.Key ?? "";
        lock (_gate)
        {
            if (_feeds.TryGetValue(key, out feed) && feed.TryJoin(subscriber))
                return LivePlace.Taken;
            feed = null;
            // There is one board for all, so it takes no place.
            if (coupon is not null && _sales.Take(address) is not LivePlace.Taken and var refused)
                return refused;
            feed = new LiveFeed(LiveSource.Of(coupon, _grains, _pace.Clock), _pace, _logger);
            _feeds[key] = feed;
            feed.TryJoin(subscriber);
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
            // Since it ended, another feed may have taken its place.
            if (_feeds.GetValueOrDefault(key) == feed)
                _feeds.Remove(key);
        }
        if (key.Length > 0)
            _sales.GiveBack(address);
    }
}
