using System.Collections.Concurrent;
using SecKill.Grains.Interfaces;
using SecKill.Grains.Interfaces.Sessions;

namespace SecKill.Gateway.Auth;

/// <summary>
/// The logged-out tokens, in memory: told by the feed the moment it happens, and asked for again at short intervals in
/// case the feed's grain has moved or died. The gateway is ready once it has them.
/// </summary>
internal sealed partial class Revocations : BackgroundService, IRevocationObserver
{
    private static readonly TimeSpan _renewEvery = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan _pruneEvery = TimeSpan.FromMinutes(1);

    private readonly IGrainFactory _grains;
    private readonly ILogger<Revocations> _logger;
    private readonly ConcurrentDictionary<string, DateTimeOffset> _revoked = new();
    private readonly ConcurrentDictionary<string, DateTimeOffset>.AlternateLookup<ReadOnlySpan<char>> _revokedByText;
    private IRevocationObserver? _self;
    private long _position;
    private DateTimeOffset _lastHeard = DateTimeOffset.MinValue;
    private DateTimeOffset _lastPruned = DateTimeOffset.UtcNow;

    /// <summary>Knows of no log-out yet.</summary>
    public Revocations(IGrainFactory grains, ILogger<Revocations> logger)
    {
        _grains = grains;
        _logger = logger;
        _revokedByText = _revoked.GetAlternateLookup<ReadOnlySpan<char>>();
    }

    /// <summary>Why this gateway may not know of all log-outs, or null where it does.</summary>
    public string? Fault { get; private set; }

    /// <summary>Whether a token was logged out.</summary>
    public bool Contains(ReadOnlySpan<char> tokenId) => _revokedByText.ContainsKey(tokenId);

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

    /// <summary>Reads the log-outs before the gateway starts to listen: until then no token can be told good.</summary>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        _self = _grains.CreateObjectReference<IRevocationObserver>(this);
        using var timer = new PeriodicTimer(_renewEvery);
        while (!await TryReadAsync(cancellationToken))
            await timer.WaitForNextTickAsync(cancellationToken);
        await base.StartAsync(cancellationToken);
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(_renewEvery);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                await TryReadAsync(stoppingToken);
                Prune();
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The host stops.
        }
    }

    private async Task<bool> TryReadAsync(CancellationToken stopping)
    {
        try
        {
            var feed = await Feed.Subscribe(_self!, _position).WaitAsync(stopping);
            foreach (var token in feed.Tokens)
                _revoked[token.Id] = token.Expires;
            _position = feed.Position;
            _lastHeard = DateTimeOffset.UtcNow;
            Fault = null;
            return true;
        }
        catch (Exception fault) when (!stopping.IsCancellationRequested)
        {
            // One miss is no news; a silo that died takes some time to be replaced.
            if (DateTimeOffset.UtcNow - _lastHeard > RevocationFeed.SubscriptionLifetime)
                Fault = "The log-outs cannot be read: no silo answers, or no Redis behind it.";
            LogNotRead(fault.Message);
            return false;
        }
    }

    private void Prune()
    {
        var now = DateTimeOffset.UtcNow;
        if (now - _lastPruned < _pruneEvery)
            return;
        _lastPruned = now;
        foreach (var (id, expires) in _revoked)
        {
            if (expires < now)
                _revoked.TryRemove(id, out _);
        }
    }

    private IRevocationGrain Feed => _grains.GetGrain<IRevocationGrain>(0);

    [LoggerMessage(LogLevel.Warning, "The log-outs could not be read, will be tried again. {Reason}")]
    private partial void LogNotRead(string reason);
}
