using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace SecKill.Bench.Tokens;

/// <summary>
/// Mints HS256 tokens like the server's, for numbered users without accounts: <c>prefix00000001</c> and so on. All tokens have one
/// length and differ in two places, so each costs one encoding and one HMAC. Not thread-safe.
/// </summary>
internal sealed class TokenMint : IDisposable
{
    /// <summary>The contract's word for a customer.</summary>
    public const string Customer = "customer";

    /// <summary>The contract's word for a seller.</summary>
    public const string Seller = "saler";

    /// <summary>Digits of a user's number.</summary>
    public const int Digits = 8;

    /// <summary>User names have at most 20 characters.</summary>
    public const int LongestPrefix = 20 - Digits;

    private const int MacBytes = 32;
    private static readonly byte[] _header = Encoding.ASCII.GetBytes(Base64Url.EncodeToString("""{"alg":"HS256","typ":"JWT"}"""u8) + ".");

    private readonly IncrementalHash _mac;
    private readonly byte[] _payload;
    private readonly bool _isForOne;
    private readonly int _nameDigits;
    private readonly int _idDigits;

    private TokenMint(TokenTerms terms, string kind, string prefix, int digits)
    {
        _isForOne = digits == 0;
        _mac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, terms.Key);
        var now = DateTimeOffset.UtcNow;
        var beforeName = "{\"username\":\"" + JsonEncodedText.Encode(prefix);
        // 32 hexadecimal digits in all, as in the ids of tokens that the server issues.
        var beforeId = new string('0', digits) + $"\",\"kind\":\"{kind}\",\"jti\":\"{Guid.NewGuid().ToString("N")[digits..]}";
        var rest = new string('0', digits)
            + $"\",\"iat\":{now.ToUnixTimeSeconds()},\"exp\":{(now + terms.Lifetime).ToUnixTimeSeconds()}"
            + $",\"iss\":\"{JsonEncodedText.Encode(terms.Issuer)}\",\"aud\":\"{JsonEncodedText.Encode(terms.Audience)}\"}}";
        _payload = Encoding.UTF8.GetBytes(beforeName + beforeId + rest);
        _nameDigits = beforeName.Length;
        _idDigits = beforeName.Length + beforeId.Length;
        TokenLength = _header.Length + Base64Url.GetEncodedLength(_payload.Length) + 1 + Base64Url.GetEncodedLength(MacBytes);
    }

    /// <summary>Bytes of a token.</summary>
    public int TokenLength { get; }

    /// <summary>For users whose names are this prefix and a number.</summary>
    public static TokenMint ForMany(TokenTerms terms, string kind, string prefix) => new(terms, kind, prefix, Digits);

    /// <summary>The token of one user.</summary>
    public static string Mint(TokenTerms terms, string kind, string username)
    {
        using var mint = new TokenMint(terms, kind, username, digits: 0);
        return mint.Mint(0);
    }

    /// <summary>The name of a user.</summary>
    public static string NameOf(string prefix, long number) => $"{prefix}{number:D8}";

    /// <summary>Writes the token of a user, <see cref="TokenLength"/> bytes.</summary>
    public void Write(long number, Span<byte> token)
    {
        if (!_isForOne)
        {
            WriteNumber(number, _payload.AsSpan(_nameDigits));
            WriteNumber(number, _payload.AsSpan(_idDigits));
        }
        _header.CopyTo(token);
        var signed = _header.Length + Base64Url.EncodeToUtf8(_payload, token[_header.Length..]);
        Span<byte> mac = stackalloc byte[MacBytes];
        _mac.AppendData(token[..signed]);
        _mac.GetHashAndReset(mac);
        token[signed] = (byte)'.';
        Base64Url.EncodeToUtf8(mac, token[(signed + 1)..]);
    }

    /// <summary>The token of a user.</summary>
    public string Mint(long number)
    {
        var token = new byte[TokenLength];
        Write(number, token);
        return Encoding.ASCII.GetString(token);
    }

    public void Dispose() => _mac.Dispose();

    private static void WriteNumber(long number, Span<byte> digits)
    {
        for (var i = Digits - 1; i >= 0; i--, number /= 10)
            digits[i] = (byte)('0' + number % 10);
    }
}
