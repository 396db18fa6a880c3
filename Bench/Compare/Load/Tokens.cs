using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace SecKill.Bench.Compare.Load;

/// <summary>
/// Mints tokens as the gateways do, with the key that the servers under test were given. Names of the same length make
/// tokens of the same length.
/// </summary>
internal sealed class Tokens(byte[] key)
{
    private const string Header = """{"alg":"HS256","typ":"JWT"}""";
    private static readonly TimeSpan _lifetime = TimeSpan.FromHours(12);

    private readonly byte[] _header = Encoding.ASCII.GetBytes(Base64Url.EncodeToString(Encoding.ASCII.GetBytes(Header)) + ".");
    private readonly long _now = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
    private readonly ulong _run = (ulong)Random.Shared.NextInt64();

    /// <summary>The key.</summary>
    public byte[] Key => key;

    /// <summary>A seller's token.</summary>
    public string OfSeller(string name) => Encoding.ASCII.GetString(Mint(name, "saler", id: 0));

    /// <summary>A customer's token.</summary>
    /// <param name="name">ASCII, nothing to escape.</param>
    /// <param name="id">Another one for every token.</param>
    public byte[] OfCustomer(string name, ulong id) => Mint(name, "customer", id + 1);

    private byte[] Mint(string name, string kind, ulong id)
    {
        var payload = Encoding.ASCII.GetBytes(
            $$"""{"username":"{{name}}","kind":"{{kind}}","jti":"{{_run:x16}}{{id:x16}}","iat":{{_now}},"exp":{{_now + (long)_lifetime.TotalSeconds}},"iss":"seckill","aud":"seckill"}""");
        var signed = _header.Length + Base64Url.GetEncodedLength(payload.Length);
        var token = new byte[signed + 1 + Base64Url.GetEncodedLength(HMACSHA256.HashSizeInBytes)];
        _header.CopyTo(token, 0);
        Base64Url.EncodeToUtf8(payload, token.AsSpan(_header.Length));
        Span<byte> signature = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(key, token.AsSpan(0, signed), signature);
        token[signed] = (byte)'.';
        Base64Url.EncodeToUtf8(signature, token.AsSpan(signed + 1));
        return token;
    }
}
