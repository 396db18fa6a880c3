using System.Buffers.Text;

namespace SecKill.Gateway.Accounts;

/// <summary>Reads the payload of a token (RFC 7519): canonical base64url of one JSON object with our seven claims, each once and of its type.</summary>
/// <param name="issuer">The only issuer.</param>
/// <param name="audience">The only audience.</param>
internal sealed class TokenPayload(string issuer, string audience)
{
    private const int IdLength = 32;

    /// <summary>Reads it.</summary>
    /// <param name="encoded">The part between the token's dots. Its signature is good, but our issuer need not have written it.</param>
    /// <param name="token">The content, if it is of this form.</param>
    public bool TryRead(ReadOnlySpan<byte> encoded, out Token token)
    {
        token = default;
        Span<byte> json = stackalloc byte[Base64Url.GetMaxDecodedLength(encoded.Length)];
        Span<byte> again = stackalloc byte[encoded.Length];
        try
        {
            // The decoder ignores trailing bits; re-encoding finds them.
            return Base64Url.TryDecodeFromUtf8(encoded, json, out var length)
                && Base64Url.TryEncodeToUtf8(json[..length], again, out var width) && again[..width].SequenceEqual(encoded)
                && TryReadClaims(new Utf8JsonReader(json[..length]), out token);
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException or FormatException)
        {
            return false;
        }
    }

    private bool TryReadClaims(Utf8JsonReader reader, out Token token)
    {
        token = default;
        (string? name, var kind, var id, var expires, var seen) = (null, default(UserKind), default(Guid), 0L, Claims.None);
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            return false;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var claim = ClaimOf(ref reader);
            // An unknown or repeated claim.
            if (claim == Claims.None || (seen & claim) != 0 || !reader.Read())
                return false;
            seen |= claim;
            var isGood = claim switch
            {
                Claims.Expiry => reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out expires),
                Claims.IssuedAt => reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out _),
                _ when reader.TokenType != JsonTokenType.String => false,
                Claims.Name => (name = reader.GetString()) is not null,
                Claims.Kind => TryReadKind(ref reader, out kind),
                Claims.Id => TryReadId(ref reader, out id),
                Claims.Issuer => reader.ValueTextEquals(issuer),
                _ => reader.ValueTextEquals(audience),
            };
            if (!isGood)
                return false;
        }
        // Text behind the object makes Read throw.
        if (reader.TokenType != JsonTokenType.EndObject || seen != Claims.All || reader.Read() || !UserName.TryParse(name, out var user))
            return false;
        token = new Token(new Caller(user, kind), id, expires);
        return true;
    }

    private static Claims ClaimOf(ref Utf8JsonReader reader) =>
        reader.ValueIsEscaped ? Claims.None
        : reader.ValueTextEquals("username"u8) ? Claims.Name
        : reader.ValueTextEquals("kind"u8) ? Claims.Kind
        : reader.ValueTextEquals("jti"u8) ? Claims.Id
        : reader.ValueTextEquals("iat"u8) ? Claims.IssuedAt
        : reader.ValueTextEquals("exp"u8) ? Claims.Expiry
        : reader.ValueTextEquals("iss"u8) ? Claims.Issuer
        : reader.ValueTextEquals("aud"u8) ? Claims.Audience
        : Claims.None;

    private static bool TryReadKind(ref Utf8JsonReader reader, out UserKind kind)
    {
        kind = reader.ValueTextEquals(KindWords.Of(UserKind.Seller)) ? UserKind.Seller : UserKind.Customer;
        return reader.ValueTextEquals(KindWords.Of(kind));
    }

    /// <summary>32 lower-case hexadecimal digits, so that an id has one spelling.</summary>
    private static bool TryReadId(ref Utf8JsonReader reader, out Guid id)
    {
        id = default;
        return !reader.ValueIsEscaped && reader.ValueSpan.Length == IdLength && !reader.ValueSpan.ContainsAnyInRange((byte)'A', (byte)'F')
            && Utf8Parser.TryParse(reader.ValueSpan, out id, out var length, 'N') && length == IdLength;
    }

    [Flags]
    private enum Claims
    {
        None = 0,
        Name = 1,
        Kind = 2,
        Id = 4,
        IssuedAt = 8,
        Expiry = 16,
        Issuer = 32,
        Audience = 64,
        All = 127,
    }
}

/// <summary>The content of a valid token.</summary>
/// <param name="Caller">The user.</param>
/// <param name="Id">Its <c>jti</c>.</param>
/// <param name="Expires">Its <c>exp</c>, in seconds since 1970.</param>
internal readonly record struct Token(Caller Caller, Guid Id, long Expires);
