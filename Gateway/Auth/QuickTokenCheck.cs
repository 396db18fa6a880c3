using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Options;
using SecKill.Gateway.Users;
using SecKill.Grains.Interfaces.Users;

namespace SecKill.Gateway.Auth;

/// <summary>
/// Says yes to a token in the very form in which <see cref="TokenIssuer"/> writes them, at a tenth of JwtBearer's cost. It
/// never says no: whatever it does not know (another header, an escape, a claim more or less, a bad signature) is left
/// to JwtBearer, the only one to refuse. So all that matters is that it accepts nothing that JwtBearer would refuse.
/// Form and signature: RFC 7515 (JWS, HS256), RFC 7519 (JWT).
/// </summary>
internal sealed class QuickTokenCheck : IDisposable
{
    /// <summary>The header that the issuer writes, encoded, with the dot that follows it.</summary>
    private static readonly string _header = Base64Url.EncodeToString("""{"alg":"HS256","typ":"JWT"}"""u8) + ".";

    // Twice what our longest names need; more is not ours, and the buffers are on the stack.
    private const int MaxLength = 1024;
    private const int MaxIdLength = 64;
    private const int SignatureLength = 43;

    private readonly string _issuer;
    private readonly string _audience;
    private readonly Revocations _revocations;
    private readonly TimeProvider _clock;
    private readonly ThreadLocal<IncrementalHash> _hash;

    /// <summary>Made once a gateway.</summary>
    public QuickTokenCheck(IOptions<AuthOptions> options, Revocations revocations, TimeProvider clock)
    {
        var auth = options.Value;
        var key = auth.KeyBytes;
        (_issuer, _audience) = (auth.Issuer, auth.Audience);
        _revocations = revocations;
        _clock = clock;
        // Setting up a keyed hash costs more than hashing; one a thread, because it is not thread-safe.
        _hash = new ThreadLocal<IncrementalHash>(() => IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, key), trackAllValues: true);
    }

    /// <summary>Reads who sent a request, where that is plain.</summary>
    /// <param name="authorization">The value of the header <c>Authorization</c>.</param>
    /// <param name="caller">Who.</param>
    /// <returns>False where JwtBearer must look.</returns>
    public bool TryRead(string? authorization, out Caller caller)
    {
        caller = default;
        var token = TokenCheck.Trim(authorization);
        if (token.Length > MaxLength || !token.StartsWith(_header, StringComparison.Ordinal))
            return false;
        var dot = token.Length - SignatureLength - 1;
        if (dot <= _header.Length || token[dot] != '.')
            return false;
        Span<byte> text = stackalloc byte[token.Length];
        // A character that is not ASCII becomes one that no signature of ours covers.
        Encoding.ASCII.GetBytes(token, text);
        return IsSigned(text[..dot], text[(dot + 1)..]) && TryReadPayload(text[_header.Length..dot], out caller);
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
        // Compared as text: base64 has several spellings of the same bytes, and a token has one.
        Base64Url.EncodeToUtf8(mac, expected);
        return CryptographicOperations.FixedTimeEquals(expected, signature);
    }

    private bool TryReadPayload(ReadOnlySpan<byte> encoded, out Caller caller)
    {
        caller = default;
        Span<byte> json = stackalloc byte[Base64Url.GetMaxDecodedLength(encoded.Length)];
        if (!Base64Url.TryDecodeFromUtf8(encoded, json, out var length))
            return false;
        try
        {
            return TryReadClaims(new Utf8JsonReader(json[..length]), out caller);
        }
        // Signed with our key, so not by an attacker; but not by our issuer either.
        catch (Exception fault) when (fault is JsonException or InvalidOperationException)
        {
            return false;
        }
    }

    private bool TryReadClaims(Utf8JsonReader reader, out Caller caller)
    {
        caller = default;
        (string? name, var kind, var seen) = (null, default(UserKind), Claims.None);
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            return false;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var claim = ClaimOf(ref reader);
            // A claim that is not ours, or comes twice.
            if (claim == Claims.None || (seen & claim) != 0 || !reader.Read())
                return false;
            seen |= claim;
            var isGood = claim switch
            {
                Claims.Name => TryReadText(ref reader, out name),
                Claims.Kind => TryReadText(ref reader, out var word) && KindWords.TryParse(word!, out kind),
                Claims.Id => IsText(ref reader) && IsInForce(ref reader),
                Claims.Expiry => reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out var expiry) && IsToCome(expiry),
                Claims.IssuedAt => reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out _),
                Claims.Issuer => IsText(ref reader) && reader.ValueTextEquals(_issuer),
                _ => IsText(ref reader) && reader.ValueTextEquals(_audience),
            };
            if (!isGood)
                return false;
        }
        if (reader.TokenType != JsonTokenType.EndObject || seen != Claims.All || reader.Read() || UsersApi.FindUserNameFault(name!) is not null)
            return false;
        caller = new Caller(name!, kind);
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

    private bool IsInForce(ref Utf8JsonReader reader)
    {
        if (reader.ValueIsEscaped || reader.ValueSpan.Length is 0 or > MaxIdLength)
            return false;
        Span<char> id = stackalloc char[MaxIdLength];
        return !_revocations.Contains(id[..reader.CopyString(id)]);
    }

    /// <summary>Strictly, and within the years that every clock knows: the margins are JwtBearer's.</summary>
    private bool IsToCome(long seconds)
    {
        var now = _clock.GetUtcNow().ToUnixTimeSeconds();
        return seconds > now && seconds < now + (long)TimeSpan.FromDays(366).TotalSeconds;
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
