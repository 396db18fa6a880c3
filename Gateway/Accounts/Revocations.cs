using SecKill.Grains.Interfaces.Sessions;
using SecKill.ServiceDefaults.Time;

namespace SecKill.Gateway.Accounts;

/// <summary>
/// Keeps the logged-out tokens in memory: pushed by the feed at once, and polled at short intervals in case the feed's grain has moved or
/// died. The gateway is ready once it has them.
/// </summary>
internal sealed partial class Revocations(IGrainFactory grains, TimeProvider time, ILogger<Revocations> logger) : BackgroundService, IRevocationObserver
{
    /// <summary>The fault while no silo answers.</summary>
    public const string NotRead = "The log-outs cannot be read: no silo answers, or no Redis behind it.";

    // A clock that is set back by less does not cause a full read.
    private const int SlackSeconds = 60;

    private static readonly TimeSpan _renewEvery = TimeSpan.FromSeconds(2);

    private readonly LoggedOutTokens _tokens = new();
    private readonly BelievedClock _clock = new(time, BelievedClock.Patience);
    private IRevocationObserver? _self;
    private long _position = RevocationFeed.Nothing;
    private long? _lastHeard;

    /// <summary>Why this gateway may not know all log-outs; null if it knows them.</summary>
    public string? Fault { get; private set; }

    /// <summary>Whether a token was logged out.</summary>
    /// <param name="id">Its <c>jti</c>.</param>
    /// <param name="expires">Its <c>exp</c>.</param>
    public bool Contains(Guid id, long expires) => _tokens.Contains(id, expires);

    /// <summary>Logs a token out at every gateway, permanently.</summary>
    /// <exception cref="UnavailableException">It may not have taken effect.</exception>
    public async Task RevokeAsync(Guid id, long expires)
    {
        await Feed.Revoke(new RevokedToken(id.ToString("N"), DateTimeOffset.FromUnixTimeSeconds(expires)));
        _tokens.Add(id, expires);
    }

    public Task Revoked(RevokedToken token)
    {
        Add(token);
        return Task.CompletedTask;
    }

    /// <summary>Reads the log-outs before the gateway starts to listen: until then no token can be checked.</summary>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        _self = grains.CreateObjectReference<IRevocationObserver>(this);
        using var timer = new PeriodicTimer(_renewEvery, time);
        while (!await TryReadAsync(cancellationToken))
            await timer.WaitForNextTickAsync(cancellationToken);
        await base.StartAsync(cancellationToken);
    }

    /// <summary>Drops expired tokens. If the clock went back so far that dropped tokens are valid again, has all read again.</summary>
    internal void DropExpired()
    {
        var end = _clock.Read().ToUnixTimeSeconds() - SlackSeconds;
        if (time.GetUtcNow().ToUnixTimeSeconds() < _tokens.DroppedBefore)
            _position = RevocationFeed.Nothing;
        else
            _tokens.DropBefore(end);
    }

    /// <summary>Reads what was missed.</summary>
    /// <returns>Whether all log-outs are known now.</returns>
    internal async Task<bool> TryReadAsync(CancellationToken stopping)
    {
        try
        {
            RevocationFeed feed;
            do
            {
                feed = await Feed.Subscribe(_self!, _position).WaitAsync(stopping);
                if (feed.IsBehind)
                    await ReadAllAsync(stopping);
                foreach (var token in feed.Tokens)
                    Add(token);
                _position = feed.Position;
            }
            while (feed.HasMore);
            _lastHeard = time.GetTimestamp();
            Fault = null;
            return true;
        }
        catch (Exception exception) when (!stopping.IsCancellationRequested)
        {
            // One miss is tolerated: a dead silo takes some time to be replaced.
            if (_lastHeard is not { } heard || time.GetElapsedTime(heard) > RevocationFeed.SubscriptionLifetime)
                Fault = NotRead;
            LogNotRead(exception);
            return false;
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(_renewEvery, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            DropExpired();
            await TryReadAsync(stoppingToken);
        }
    }

    private async Task ReadAllAsync(CancellationToken stopping)
    {
        var (began, count) = (time.GetTimestamp(), 0);
        for (string? next = ""; next is not null;)
        {
            var page = await Feed.ReadAll(next).WaitAsync(stopping);
            _tokens.Add(page);
            (next, count) = (page.Next, count + page.Ids.Length);
        }
        _tokens.AllIsKnown();
        LogRead(count, time.GetElapsedTime(began).TotalSeconds);
    }

    private void Add(RevokedToken token)
    {
        // An id of another form belongs to no token that is issued here.
        if (Guid.TryParseExact(token.Id, "N", out var id))
            _tokens.Add(id, token.Expires.ToUnixTimeSeconds());
    }

    private IRevocationGrain Feed => grains.GetGrain<IRevocationGrain>(0);

    [LoggerMessage(EventIds.LogOutsRead, LogLevel.Debug, "{Count} log-outs read in {Seconds:0.0} s.")]
    private partial void LogRead(int count, double seconds);

    [LoggerMessage(EventIds.LogOutsNotRead, LogLevel.Warning, "Could not read the log-outs; retrying")]
    private partial void LogNotRead(Exception exception);
}
