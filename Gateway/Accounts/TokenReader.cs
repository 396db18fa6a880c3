using System.Buffers;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;
using SecKill.Grains.Interfaces;
using SecKill.Grains.Interfaces.Users;

namespace SecKill.Gateway.Accounts;

/// <summary>
/// Reads and checks tokens, for every route. A valid one is written exactly as <see cref="TokenIssuer"/> writes it: this header, in
/// canonical base64url; one JSON object with our seven claims, each once and of its type; signed with our key. Form and signature:
/// RFC 7515 (JWS, HS256), RFC 7519 (JWT).
/// </summary>
internal sealed class TokenReader : IDisposable
{
    /// <summary>The header that the issuer writes, encoded, with the dot that follows it.</summary>
    private static readonly string _header = Base64Url.EncodeToString("""{"alg":"HS256","typ":"JWT"}"""u8) + ".";

    /// <summary>base64url and the dots between the parts: no padding, no white space.</summary>
    private static readonly SearchValues<char> _characters = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.");

    private const string Prefix = "Bearer ";

    // The longest that can be issued has 3.9 KB: issuer and audience of 200 characters and a name of 20, all written as escapes.
    private const int MaxLength = 4096;
    private const int SignatureLength = 43;
    private const int IdLength = 32;

    // A gateway whose clock is ahead issues tokens that expire late; later than this is invalid.
    private static readonly long _maxSeconds = (long)TimeSpan.FromDays(366).TotalSeconds;

    private readonly string _issuer;
    private readonly string _audience;
    private readonly Revocations _revocations;
    private readonly TimeProvider _clock;
    private readonly ThreadLocal<IncrementalHash> _hash;

    /// <summary>Made once a gateway.</summary>
    public TokenReader(IOptions<AuthOptions> options, Revocations revocations, TimeProvider clock)
    {
        var auth = options.Value;
        var key = auth.KeyBytes;
        (_issuer, _audience) = (auth.Issuer, auth.Audience);
        _revocations = revocations;
        _clock = clock;
        // Setting up a keyed hash costs more than hashing; one per thread, because it is not thread-safe.
        _hash = new ThreadLocal<IncrementalHash>(() => IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, key), trackAllValues: true);
    }

    /// <summary>Reads the token of a request.</summary>
    /// <param name="headers">The request's headers <c>Authorization</c>; with two, none is read, since a proxy may have checked the other.</param>
    /// <param name="token">Its content, if valid.</param>
    public TokenState ReadOne(StringValues headers, out Token token)
    {
        token = default;
        return headers.Count == 1 ? Read(headers[0], out token) : TokenState.None;
    }

    /// <summary>Reads the token in a header's value: bare, or after the usual prefix in any case, spaces around it aside.</summary>
    /// <inheritdoc cref="ReadOne"/>
    public TokenState Read(string? header, out Token token)
    {
        token = default;
        var text = Bare(header);
        if (text.IsEmpty || text.ContainsAnyExcept(_characters))
            return TokenState.None;
        if (text.Length > MaxLength || !text.StartsWith(_header, StringComparison.Ordinal))
            return TokenState.Invalid;
        var dot = text.Length - SignatureLength - 1;
        if (dot <= _header.Length || text[dot] != '.')
            return TokenState.Invalid;
        Span<byte> bytes = stackalloc byte[text.Length];
        Encoding.ASCII.GetBytes(text, bytes);
        if (!IsSigned(bytes[..dot], bytes[(dot + 1)..]) || !TryReadPayload(bytes[_header.Length..dot], out token))
            return TokenState.Invalid;
        var now = _clock.GetUtcNow().ToUnixTimeSeconds();
        if (token.Expires <= now)
            return TokenState.Expired;
        return token.Expires < now + _maxSeconds && !_revocations.Contains(token.Id, token.Expires) ? TokenState.Good : TokenState.Invalid;
    }

    /// <summary>The token in a header's value, without prefix and spaces.</summary>
    public static ReadOnlySpan<char> Bare(string? header)
    {
        var token = header.AsSpan().Trim(' ');
        return token.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase) ? token[Prefix.Length..].TrimStart(' ') : token;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var hash in _hash.Values)
            hash.Dispose();
        _hash.Dispose();
    }

    private bool IsSigned(ReadOnlySpan<byte> text, ReadOnlySpan<byte> signature)
    {
        Span<byte> mac = stackalloc byte[SHA256.HashSizeInBytes];
        Span<byte> expected = stackalloc byte[SignatureLength];
        var hash = _hash.Value!;
        hash.AppendData(text);
        hash.GetHashAndReset(mac);
        // Compared as text, since several base64 texts decode to the same bytes.
        Base64Url.EncodeToUtf8(mac, expected);
        return CryptographicOperations.FixedTimeEquals(expected, signature);
    }

    private bool TryReadPayload(ReadOnlySpan<byte> encoded, out Token token)
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
        // Signed with our key, but not written by our issuer.
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
                Claims.Name => TryReadText(ref reader, out name),
                Claims.Kind => TryReadText(ref reader, out var word) && KindWords.TryParse(word!, out kind),
                Claims.Id => TryReadId(ref reader, out id),
                Claims.Expiry => reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out expires),
                Claims.IssuedAt => reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out _),
                Claims.Issuer => IsText(ref reader) && reader.ValueTextEquals(_issuer),
                _ => IsText(ref reader) && reader.ValueTextEquals(_audience),
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

    private static bool IsText(ref Utf8JsonReader reader) => reader.TokenType == JsonTokenType.String;

    private static bool TryReadText(ref Utf8JsonReader reader, out string? text)
    {
        text = IsText(ref reader) ? reader.GetString() : null;
        return text is not null;
    }

    /// <summary>32 lower-case hexadecimal digits, so that an id has one spelling.</summary>
    private static bool TryReadId(ref Utf8JsonReader reader, out Guid id)
    {
        id = default;
        return IsText(ref reader) && !reader.ValueIsEscaped && reader.ValueSpan.Length == IdLength && !reader.ValueSpan.ContainsAnyInRange((byte)'A', (byte)'F')
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

/// <summary>The state of a request's token.</summary>
internal enum TokenState
{
    /// <summary>None, more than one, or text that is no token.</summary>
    None,

    /// <summary>Not issued here, or logged out.</summary>
    Invalid,

    /// <summary>Expired.</summary>
    Expired,

    /// <summary>Valid.</summary>
    Good,
}
