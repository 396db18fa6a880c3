using System.Security.Cryptography;

namespace SecKill.Bench.Tokens;

/// <summary>What the server's tokens are like, so that this program can mint some itself.</summary>
/// <param name="Key">The server's signing key.</param>
/// <param name="Issuer">The claim <c>iss</c>.</param>
/// <param name="Audience">The claim <c>aud</c>.</param>
/// <param name="Lifetime">The lifetime of a token.</param>
internal sealed record TokenTerms(byte[] Key, string Issuer, string Audience, TimeSpan Lifetime)
{
    private const int MinKeyBytes = 32;

    /// <summary>For servers that this program starts itself: a key of their own, and tokens that outlast any run.</summary>
    public static TokenTerms OfOwnServers() => new(RandomNumberGenerator.GetBytes(MinKeyBytes), "seckill", "seckill", TimeSpan.FromHours(24));

    /// <summary>Reads a key as the server's setting <c>Auth:SigningKey</c> holds it.</summary>
    /// <exception cref="BenchException">It is not base64 of at least 32 bytes.</exception>
    public static byte[] ReadKey(string base64)
    {
        var key = new byte[base64.Length];
        return Convert.TryFromBase64String(base64.Trim(), key, out var length) && length >= MinKeyBytes
            ? key[..length]
            : throw new BenchException($"The signing key must be base64 of at least {MinKeyBytes} bytes, as the server's setting Auth:SigningKey has it.");
    }
}
