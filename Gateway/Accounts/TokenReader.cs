using System.Buffers;
using System.Buffers.Text;
using System.Security.Cryptography;
using Microsoft.Extensions.Primitives;

namespace SecKill.Gateway.Accounts;

/// <summary>
/// Reads and checks tokens, for every route. A valid one is written exactly as <see cref="TokenIssuer"/> writes it: this header, a payload
/// as <see cref="TokenPayload"/> has it, signed with our key (RFC 7515, HS256).
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

    // A gateway whose clock is ahead issues tokens that expire late; later than this is invalid.
    private static readonly long _maxSeconds = (long)TimeSpan.FromDays(366).TotalSeconds;

    private readonly TokenPayload _payload;
    private readonly Revocations _revocations;
    private readonly TimeProvider _clock;
    private readonly ThreadLocal<IncrementalHash> _hash;

    public TokenReader(IOptions<AuthOptions> options, Revocations revocations, TimeProvider clock)
    {
        var key = options.Value.KeyBytes;
        (_payload, _revocations, _clock) = (new TokenPayload(options.Value.Issuer, options.Value.Audience), revocations, clock);
        // Setting up a keyed hash costs more than hashing; one per thread, because it is not thread-safe.
        _hash = new ThreadLocal<IncrementalHash>(() => IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, key), trackAllValues: true);
    }

    /// <summary>Reads the token of a request.</summary>
    /// <param name="headers">The request's headers <c>Authorization</c>; with two, none is read, since a proxy may have checked the other.</param>
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
        if (!IsSigned(bytes[..dot], bytes[(dot + 1)..]) || !_payload.TryRead(bytes[_header.Length..dot], out token))
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
}

/// <summary>The state of a request's token.</summary>
internal enum TokenState
{
    /// <summary>None, more than one, or text that is no token.</summary>
    None,

    /// <summary>Not issued here, or logged out.</summary>
    Invalid,

    Expired,

    Good,
}
