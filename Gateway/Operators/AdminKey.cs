using System.Security.Cryptography;

namespace SecKill.Gateway.Operators;

/// <summary>Checks the operators' key.</summary>
internal sealed class AdminKey(IOptions<AdminOptions> options)
{
    private readonly byte[] _hash = SHA256.HashData(Encoding.UTF8.GetBytes(options.Value.Key));

    /// <summary>Compares hashes in fixed time, so that timing reveals neither a prefix nor the length.</summary>
    /// <param name="utf8">Candidate key, UTF-8. False if no key is configured.</param>
    public bool Is(byte[] utf8) => options.Value.Key.Length > 0 && CryptographicOperations.FixedTimeEquals(SHA256.HashData(utf8), _hash);
}
