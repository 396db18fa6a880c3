using System.Collections.Concurrent;
using SecKill.Grains.Interfaces;
using SecKill.Grains.Interfaces.Sessions;

namespace SecKill.Gateway.Auth;

/// <summary>
/// The logged-out tokens, in memory: told by the feed the moment it happens, and asked for again at short intervals in
/// case the feed's grain has moved or died. The gateway is ready once it has them.
/// </summary>
internal sealed partial class Revocations(IGrainFactory grains, ILogger<Revocations> logger) : BackgroundService, IRevocationObserver
{
    private static readonly TimeSpan _renewEvery = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan _pruneEvery = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<string, DateTimeOffset> _revoked = new();
    private DateTimeOffset _lastHeard = DateTimeOffset.MinValue;

    /// <summary>Why this gateway may not know of all log-outs, or null where it does.</summary>
    public string? Fault { get; private set; } = "The log-outs were not read yet.";

    /// <summary>Whether a token was logged out.</summary>
    public bool Contains(string tokenId) => _revoked.ContainsKey(tokenId);

    /// <summary>Logs a token out, here and at every gateway, for good.</summary>
    /// <exception cref="UnavailableException">It did not surely take effect.</exception>
    public async Task RevokeAsync(RevokedToken token)
    {
        await Feed.Revoke(token);
        _revoked[token.Id] = token.Expires;
    }

    /// <inheritdoc/>
    public Task Revoked(RevokedToken token)
    {
        _revoked[token.Id] = token.Expires;
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var self = grains.CreateObjectReference<IRevocationObserver>(this);
        var position = 0L;
        var pruned = DateTimeOffset.UtcNow;
        using var timer = new PeriodicTimer(_renewEvery);
        try
        {
            do
            {
                try
                {
                    var feed = await Feed.Subscribe(self, position);
                    foreach (var token in feed.Tokens)
                        _revoked[token.Id] = token.Expires;
                    position = feed.Position;
                    _lastHeard = DateTimeOffset.UtcNow;
                    Fault = null;
                }
                catch (Exception fault) when (fault is UnavailableException or TimeoutException or OrleansException)
                {
                    // One miss is no news; a silo that died takes this long to be replaced.
                    if (DateTimeOffset.UtcNow - _lastHeard > RevocationFeed.SubscriptionLifetime)
                        Fault = $"The log-outs cannot be read: {fault.Message}";
                    LogNotRead(fault.Message);
                }
                if (DateTimeOffset.UtcNow - pruned > _pruneEvery)
                {
                    pruned = DateTimeOffset.UtcNow;
                    foreach (var (id, expires) in _revoked)
                    {
                        if (expires < pruned)
                            _revoked.TryRemove(id, out _);
                    }
                }
            }
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException)
        {
            // The host stops.
        }
    }

    private IRevocationGrain Feed => grains.GetGrain<IRevocationGrain>(0);

    [LoggerMessage(LogLevel.Warning, "The log-outs could not be read, will be tried again. {Reason}")]
    private partial void LogNotRead(string reason);
}
