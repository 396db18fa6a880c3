using System.Collections.Immutable;

namespace SecKill.Grains.Interfaces.Sessions;

/// <summary>
/// The logged-out tokens that have not expired yet, kept in Redis. One grain (key 0), which pushes every log-out to all
/// subscribed gateways before it answers, so that a logged-out token is refused everywhere from then on. A gateway that
/// could not be told, or a grain that has just moved to another silo and has no subscribers yet, delays that by the
/// interval at which gateways subscribe again (2 s).
/// </summary>
public interface IRevocationGrain : IGrainWithIntegerKey
{
    /// <summary>Records a log-out and tells every gateway.</summary>
    /// <exception cref="UnavailableException">
    /// Redis cannot be reached, so the log-out did not surely take effect; or the record is full, and it did not.
    /// </exception>
    [AlwaysInterleave]
    [ResponseTimeout("00:00:10")]
    Task Revoke(RevokedToken token);

    /// <summary>
    /// Subscribes a gateway for the next <see cref="RevocationFeed.SubscriptionLifetime"/>, and returns what it has missed after the
    /// <see cref="RevocationFeed.Position"/> of the last answer, or <see cref="RevocationFeed.Nothing"/>.
    /// </summary>
    /// <exception cref="UnavailableException">Redis cannot be reached.</exception>
    [AlwaysInterleave]
    [ResponseTimeout("00:00:10")]
    Task<RevocationFeed> Subscribe(IRevocationObserver observer, long after);

    /// <summary>A page of the whole record, in order of expiry. What is recorded meanwhile is in a page or in the feed, or in both.</summary>
    /// <param name="after">The <see cref="RevocationPage.Next"/> of the page before, or empty for the first.</param>
    /// <exception cref="UnavailableException">Redis cannot be reached.</exception>
    [AlwaysInterleave]
    [ResponseTimeout("00:00:10")]
    Task<RevocationPage> ReadAll(string after);
}

/// <summary>A gateway's end of the feed.</summary>
public interface IRevocationObserver : IGrainObserver
{
    /// <summary>From now on the gateway refuses this token.</summary>
    [ResponseTimeout("00:00:02")]
    Task Revoked(RevokedToken token);
}

/// <summary>A token that was logged out.</summary>
/// <param name="Id">The token's <c>jti</c>: 32 hexadecimal digits, as the issuer makes them.</param>
/// <param name="Expires">When it would have expired, in whole seconds; there is no need to remember it longer.</param>
[GenerateSerializer, Immutable]
public readonly record struct RevokedToken([property: Id(0)] string Id, [property: Id(1)] DateTimeOffset Expires)
{
    /// <summary>The longest life a token may be given: so long a log-out must be remembered.</summary>
    public static readonly TimeSpan MaxLifetime = TimeSpan.FromDays(1);
}

/// <summary>What a gateway has missed.</summary>
/// <param name="Tokens">In the order of the log-outs; some may be known already.</param>
/// <param name="Position">Where to go on from next time.</param>
/// <param name="IsBehind">Whether more was missed than the feed still holds, so that <see cref="IRevocationGrain.ReadAll"/> must be read.</param>
/// <param name="HasMore">Whether there is more to be had at once.</param>
[GenerateSerializer, Immutable]
public sealed record RevocationFeed(
    [property: Id(0)] RevokedToken[] Tokens, [property: Id(1)] long Position, [property: Id(2)] bool IsBehind, [property: Id(3)] bool HasMore)
{
    /// <summary>The position of a gateway that has read nothing yet.</summary>
    public const long Nothing = -1;

    /// <summary>How long a subscription holds unless renewed.</summary>
    public static readonly TimeSpan SubscriptionLifetime = TimeSpan.FromSeconds(30);
}

/// <summary>A page of the record of log-outs.</summary>
/// <param name="Expiries">When each token expires, in seconds since 1970; never falling.</param>
/// <param name="Ids">The <c>jti</c> of each.</param>
/// <param name="Next">Where the next page begins, or null where this is the last one.</param>
[GenerateSerializer, Immutable]
public sealed record RevocationPage(
    [property: Id(0)] ImmutableArray<long> Expiries, [property: Id(1)] ImmutableArray<Guid> Ids, [property: Id(2)] string? Next);
