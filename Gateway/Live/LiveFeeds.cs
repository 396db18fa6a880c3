namespace SecKill.Gateway.Live;

/// <summary>The feeds of this gateway, and the places of their subscribers.</summary>
internal sealed class LiveFeeds : IDisposable
{
    // An opening takes milliseconds. No token is needed to ask for names that do not exist, and each queries the ledger.
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

    public int Subscribers => _subscribers.Taken;

    /// <summary>Adds a subscriber to the feed of a sale, or of the board if that is null. <see cref="Leave"/> must follow.</summary>
    /// <param name="subscriber">The subscriber, which takes a place until it leaves.</param>
    /// <param name="address">The client's address; a feed that is begun for it takes one of its places until it is over.</param>
    /// <returns>The feed, which knows after its first read whether there is such a sale; null without a place.</returns>
    public LiveFeed? Join(CouponId? coupon, Subscriber subscriber, int address, out LivePlace place)
    {
        place = _stopping.IsCancellationRequested ? LivePlace.AllTaken : _subscribers.Take(address);
        if (place != LivePlace.Taken)
            return null;
        var feed = FeedOf(coupon, subscriber, address, out place);
        if (feed is null)
            _subscribers.GiveBack(address);
        return feed;
    }

    /// <summary>Removes a subscriber and gives its place back.</summary>
    public void Leave(LiveFeed feed, Subscriber subscriber, int address)
    {
        feed.Subscribers.Leave(subscriber);
        _subscribers.GiveBack(address);
    }

    public void Dispose() => _openings.Dispose();

    private LiveFeed? FeedOf(CouponId? coupon, Subscriber subscriber, int address, out LivePlace place)
    {
        var key = coupon?.Key ?? "";
        lock (_gate)
        {
            place = LivePlace.Taken;
            if (_feeds.TryGetValue(key, out var feed) && feed.Subscribers.TryJoin(subscriber))
                return feed;
            // There is one board for all, so it takes no place.
            if (coupon is not null && (place = _sales.Take(address)) != LivePlace.Taken)
                return null;
            feed = new LiveFeed(LiveSource.Of(coupon, _grains, _pace.Clock), _pace, _logger);
            _feeds[key] = feed;
            feed.Subscribers.TryJoin(subscriber);
            _ = RunAsync(key, feed, address);
            return feed;
        }
    }

    private async Task RunAsync(string key, LiveFeed feed, int address)
    {
        // Not within the lock of the caller.
        await Task.Yield();
        await feed.RunAsync(_openings, _stopping);
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
