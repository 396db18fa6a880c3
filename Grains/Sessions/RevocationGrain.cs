using System.Globalization;
using Microsoft.Extensions.Logging;
using SecKill.Grains.Interfaces.Sessions;
using SecKill.Grains.Stock;
using StackExchange.Redis;

namespace SecKill.Grains.Sessions;

/// <inheritdoc cref="IRevocationGrain"/>
/// <remarks>
/// In Redis a sorted set: members <c>expiry:id</c> (expiry in seconds since 1970), scored by the time of the log-out in
/// microseconds, which is the feed's position. Redis before gateways: whoever subscribes after the write reads it.
/// </remarks>
public sealed partial class RevocationGrain(StockServer server, ILogger<RevocationGrain> logger) : Grain, IRevocationGrain
{
    // Clocks of silos may differ when the grain moves: each answer reaches back by more than that.
    private static readonly TimeSpan _overlap = TimeSpan.FromMinutes(1);

    private const int PushAttempts = 2;

    private readonly Dictionary<IRevocationObserver, DateTimeOffset> _gateways = [];

    /// <inheritdoc/>
    public async Task Revoke(RevokedToken token)
    {
        var now = DateTimeOffset.UtcNow;
        if (token.Expires <= now)
            return;
        RedisValue member = string.Create(CultureInfo.InvariantCulture, $"{token.Expires.ToUnixTimeSeconds() + 1}:{token.Id}");
        await server.WriteAsync(redis => Task.WhenAll(
            redis.SortedSetAddAsync(StockKeys.Revoked, member, Micros(now), When.NotExists, CommandFlags.DemandMaster),
            // Nothing that was logged out longer ago than a token can live is needed any more.
            redis.SortedSetRemoveRangeByScoreAsync(
                StockKeys.Revoked, double.NegativeInfinity, Micros(now - RevokedToken.MaxLifetime), flags: CommandFlags.DemandMaster)));
        Prune();
        await Task.WhenAll(_gateways.Keys.ToArray().Select(gateway => PushAsync(gateway, token)));
    }

    /// <inheritdoc/>
    public async Task<RevocationFeed> Subscribe(IRevocationObserver observer, long after)
    {
        var now = DateTimeOffset.UtcNow;
        // Subscribed before the reading: what is revoked meanwhile arrives by both ways rather than by none.
        _gateways[observer] = now + RevocationFeed.SubscriptionLifetime;
        Prune();
        var members = await StockServer.Guard(() => server.Database.SortedSetRangeByScoreAsync(
            StockKeys.Revoked, after - _overlap.TotalMicroseconds, flags: CommandFlags.DemandMaster));
        var tokens = members.Select(member => Parse((string)member!)).Where(token => token.Expires > now);
        return new RevocationFeed([.. tokens], Micros(now));
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
                // Busy, perhaps; to tell it twice harms nobody.
            }
            catch (Exception fault) when (fault is TimeoutException or OrleansException)
            {
                // Gone, most likely. If it lives, it subscribes again and reads what it missed.
                _gateways.Remove(gateway);
                LogGatewayLost(fault.Message);
                return;
            }
        }
    }

    private void Prune()
    {
        var now = DateTimeOffset.UtcNow;
        foreach (var (gateway, until) in _gateways.ToArray())
        {
            if (until < now)
                _gateways.Remove(gateway);
        }
    }

    private static long Micros(DateTimeOffset time) => time.ToUnixTimeMilliseconds() * 1000;

    private static RevokedToken Parse(string member)
    {
        var colon = member.IndexOf(':', StringComparison.Ordinal);
        var expires = DateTimeOffset.FromUnixTimeSeconds(long.Parse(member.AsSpan(0, colon), CultureInfo.InvariantCulture));
        return new RevokedToken(member[(colon + 1)..], expires);
    }

    [LoggerMessage(LogLevel.Warning, "A gateway did not take note of a log-out; it will when it subscribes again. {Reason}")]
    private partial void LogGatewayLost(string reason);
}
