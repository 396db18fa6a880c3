namespace SecKill.Grains.Interfaces.Coupons;

/// <summary>Who asked for something, and what exactly: for the record of operations, and to know a repeated request again.</summary>
/// <param name="Caller">The user.</param>
/// <param name="Key">The request's own key (<c>Idempotency-Key</c>), 1 to 64 visible ASCII characters; null where it has none.</param>
/// <param name="Route">Which route, in a word.</param>
/// <param name="Hash">SHA-256 of route, coupon and normalised fields.</param>
/// <param name="Address">Where it came from, for the log.</param>
[GenerateSerializer, Immutable]
public sealed record RequestMark(
    [property: Id(0)] string Caller, [property: Id(1)] string? Key, [property: Id(2)] string Route, [property: Id(3)] byte[] Hash,
    [property: Id(4)] string? Address);
