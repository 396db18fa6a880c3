using System.Security.Cryptography;
using Microsoft.Extensions.Primitives;
using Microsoft.OpenApi;

namespace SecKill.Gateway.Http;

/// <summary>The request header by which a repeated request is known again: it takes effect once.</summary>
internal static class IdempotencyKey
{
    /// <summary>The header's name.</summary>
    public const string Header = "Idempotency-Key";

    /// <summary>What a request is told whose key the caller has used for something else.</summary>
    public const string OtherContentText = $"This {Header} was used for another request.";

    private const int MaxLength = 64;

    /// <summary>400 for a key of another form.</summary>
    public static readonly Reply Refusal = Reply.BadRequest($"{Header} must be 1 to {MaxLength} visible ASCII characters, and be sent once.");

    /// <summary>422 for a key that the caller has used for something else.</summary>
    public static readonly Reply OtherContent = Reply.With(StatusCodes.Status422UnprocessableEntity, OtherContentText);

    /// <summary>As a route declares it.</summary>
    public static RouteParameter Parameter { get; } = new(
        Header, "A repeat with the same key and content takes effect once, and is answered as the first. Kept as long as the coupon.",
        new OpenApiSchema { Type = JsonSchemaType.String, MinLength = 1, MaxLength = MaxLength, Pattern = "^[!-~]+$" }, "5f0c2b9e", IsHeader: true);

    /// <summary>Reads the key; null where there is none.</summary>
    /// <returns>False for one of another form.</returns>
    public static bool TryRead(StringValues values, out string? key)
    {
        key = values.Count == 0 ? null : values[0] ?? "";
        return values.Count == 0 || (values.Count == 1 && key!.Length is >= 1 and <= MaxLength && !key.AsSpan().ContainsAnyExceptInRange('!', '~'));
    }

    /// <summary>Who asks for what.</summary>
    /// <param name="request">The request.</param>
    /// <param name="caller">Its user.</param>
    /// <param name="key">Its key, if any.</param>
    /// <param name="coupon">Which coupon.</param>
    /// <param name="route">Which route, in a word.</param>
    /// <param name="fields">What it asks for, normalised: equal texts for equal requests.</param>
    public static RequestMark Mark(HttpRequest request, Caller caller, string? key, CouponId coupon, string route, params string?[] fields) =>
        Mark(request, caller, key, route, [coupon.Key, .. fields]);

    /// <summary>Who asks for what, where that is no coupon.</summary>
    public static RequestMark Mark(HttpRequest request, Caller caller, string? key, string route, params string?[] fields) => new(
        caller.Name.Value, key, route, SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes<string?[]>([route, .. fields])),
        request.HttpContext.Connection.RemoteIpAddress?.ToString());
}
