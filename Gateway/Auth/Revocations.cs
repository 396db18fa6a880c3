using System.Diagnostics;
using SecKill.Grains.Interfaces;
using SecKill.Grains.Interfaces.Sessions;
using SecKill.ServiceDefaults.Time;

namespace SecKill.Gateway.Auth;

/// <summary>
/// Keeps the logged-out tokens in memory: told by the feed the moment it happens, and asked for again at short intervals in
/// case the feed's grain has moved or died. The gateway is ready once it has them.
/// </summary>
internal sealed partial class Revocations(IGrainFactory grains, TimeProvider time, ILogger<Revocations> logger) : BackgroundService, IRevocationObserver
{
    // By so much clocks are set back without that all must be read again.
    private const int SlackSeconds = 60;

    private static readonly TimeSpan _renewEvery = TimeSpan.FromSeconds(2);

    private readonly LoggedOutTokens _tokens = new();
    private readonly BelievedClock _clock = new(time, BelievedClock.Patience);
    private IRevocationObserver? _self;
    private long _position = RevocationFeed.Nothing;
    private long? _lastHeard;

    /// <summary>Why this gateway may not know of all log-outs, or null where it does.</summary>
    public string? Fault { get; private set; }

    /// <summary>Whether a token was logged out.</summary>
    /// <param name="id">Its <c>jti</c>.</param>
    /// <param name="expires">Its <c>exp</c>.</param>
    public bool Contains(Guid id, long expires) => _tokens.Contains(id, expires);

    /// <summary>Logs a token out, here and at every gateway, for good.</summary>
    /// <exception cref="UnavailableException">It did not surely take effect.</exception>
    public async Task RevokeAsync(Guid id, long expires)
    {
        await Feed.Revoke(new RevokedToken(id.ToString("N"), DateTimeOffset.FromUnixTimeSeconds(expires)));
        _tokens.Add(id, expires);
    }

    /// <inheritdoc/>
    public Task Revoked(RevokedToken token)
    {
        Add(token);
        return Task.CompletedTask;
    }

    /// <summary>Reads the log-outs before the gateway starts to listen: until then no token can be told good.</summary>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        _self = grains.CreateObjectReference<IRevocationObserver>(this);
        using var timer = new PeriodicTimer(_renewEvery, time);
        while (!await TryReadAsync(cancellationToken))
            await timer.WaitForNextTickAsync(cancellationToken);
        await base.StartAsync(cancellationToken);
    }

    /// <summary>Drops the tokens that have expired; or, where the clock went back so far that they have not, sees to it that they are read again.</summary>
    internal void DropExpired()
    {
        var end = _clock.Read().ToUnixTimeSeconds() - SlackSeconds;
        if (time.GetUtcNow().ToUnixTimeSeconds() < _tokens.DroppedBefore)
            _position = RevocationFeed.Nothing;
        else
            _tokens.DropBefore(end);
    }

    /// <summary>Reads what was missed.</summary>
    /// <returns>Whether all is known now.</returns>
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
        catch (Exception fault) when (!stopping.IsCancellationRequested)
        {
            // One miss is no news; a silo that died takes some time to be replaced.
            if (_lastHeard is not { } heard || time.GetElapsedTime(heard) > RevocationFeed.SubscriptionLifetime)
                Fault = "The log-outs cannot be read: no silo answers, or no Redis behind it.";
            LogNotRead(fault.Message);
            return false;
        }
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(_renewEvery, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                DropExpired();
                await TryReadAsync(stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The host stops.
        }
    }

    private async Task ReadAllAsync(CancellationToken stopping)
    {
        var (began, count) = (Stopwatch.GetTimestamp(), 0);
        for (string? next = ""; next is not null;)
        {
            var page = await Feed.ReadAll(next).WaitAsync(stopping);
            _tokens.Add(page);
            (next, count) = (page.Next, count + page.Ids.Length);
        }
        _tokens.AllIsKnown();
        LogRead(count, Stopwatch.GetElapsedTime(began).TotalSeconds);
    }

    private void Add(RevokedToken token)
    {
        // An id of another form belongs to no token that we issue, so no request can show it.
        if (Guid.TryParseExact(token.Id, "N", out var id))
            _tokens.Add(id, token.Expires.ToUnixTimeSeconds());
    }

    private IRevocationGrain Feed => grains.GetGrain<IRevocationGrain>(0);

    [LoggerMessage(LogLevel.Debug, "{Count} log-outs read in {Seconds:0.0} s.")]
    private partial void LogRead(int count, double seconds);

    [LoggerMessage(LogLevel.Warning, "The log-outs could not be read, will be tried again. {Reason}")]
    private partial void LogNotRead(string reason);
}
