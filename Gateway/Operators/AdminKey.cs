using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Options;

namespace SecKill.Gateway.Operators;

/// <summary>Tells the operators' key from what is not it.</summary>
internal sealed class AdminKey(IOptions<AdminOptions> options)
{
    private readonly byte[] _hash = SHA256.HashData(Encoding.UTF8.GetBytes(options.Value.Key));

    /// <summary>Hashes are compared, and all of them: neither the key's beginning nor its length shows in the time it takes.</summary>
    /// <param name="utf8">What somebody takes for it. Where no key is set, nothing is it.</param>
    public bool Is(byte[] utf8) => options.Value.Key.Length > 0 && CryptographicOperations.FixedTimeEquals(SHA256.HashData(utf8), _hash);
}
