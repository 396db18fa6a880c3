using SecKill.Grains.Interfaces.Sessions;

namespace SecKill.Grains.Accounts;

/// <inheritdoc cref="IRevocationGrain"/>
/// <remarks>Redis before gateways: a gateway that subscribes after the write reads it.</remarks>
internal sealed partial class RevocationGrain(LogOutRecord record, TimeProvider time, ILogger<RevocationGrain> logger) : Grain, IRevocationGrain
{
    private const int PushAttempts = 2;

    private static readonly TimeSpan _trimEvery = TimeSpan.FromSeconds(1);

    private readonly long _start = time.GetTimestamp();

    /// <summary>Until when each is subscribed, by the monotonic clock.</summary>
    private readonly Dictionary<IRevocationObserver, TimeSpan> _gateways = [];

    private Task? _takenOver;
    private Task _trimming = Task.CompletedTask;
    private TimeSpan _trimmed;

    private TimeSpan Now => time.GetElapsedTime(_start);

    public async Task Revoke(RevokedToken token)
    {
        await record.AddAsync(token);
        Prune();
        await Task.WhenAll(_gateways.Keys.ToArray().Select(gateway => PushAsync(gateway, token)));
    }

    public async Task<RevocationFeed> Subscribe(IRevocationObserver observer, long after)
    {
        // Subscribe before the read: a token revoked meanwhile arrives twice rather than not at all.
        _gateways[observer] = Now + RevocationFeed.SubscriptionLifetime;
        Prune();
        if (_trimming.IsCompleted && Now - _trimmed >= _trimEvery)
            (_trimming, _trimmed) = (TrimAsync(), Now);
        return await record.ReadLatestAsync(after);
    }

    public async Task<RevocationPage> ReadAll(string after)
    {
        if (_takenOver is null or { IsFaulted: true })
            _takenOver = record.TakeOverAsync();
        await _takenOver;
        return await record.ReadAllAsync(after);
    }

    private async Task TrimAsync()
    {
        try
        {
            await record.TrimAsync();
        }
        catch (UnavailableException fault)
        {
            LogNotTrimmed(fault);
        }
    }

    private async Task PushAsync(IRevocationObserver gateway, RevokedToken token)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await gateway.Revoked(token);
                return;
            }
            catch (TimeoutException) when (attempt < PushAttempts)
            {
                // Busy, perhaps; a second push does no harm.
            }
            catch (Exception fault) when (fault is TimeoutException or OrleansException)
            {
                // Gone, most likely. If it lives, it subscribes again and reads what it missed.
                _gateways.Remove(gateway);
                LogGatewayLost(fault);
                return;
            }
        }
    }

    private void Prune()
    {
        foreach (var (gateway, until) in _gateways.ToArray())
        {
            if (until < Now)
                _gateways.Remove(gateway);
        }
    }

    [LoggerMessage(EventIds.LogOutNotPushed, LogLevel.Warning, "A gateway did not take note of a log-out; it will when it subscribes again.")]
    private partial void LogGatewayLost(Exception fault);

    [LoggerMessage(EventIds.LogOutsNotTrimmed, LogLevel.Warning, "Log-outs of expired tokens could not be removed; tried again in seconds.")]
    private partial void LogNotTrimmed(Exception fault);
}
