using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.DataProtection;

namespace SecKill.Gateway.Operators;

/// <summary>
/// Encrypts cookies under the operators' key, so that each gateway reads those of the others with nothing to share or to keep; a new key
/// ends all of them. AES-256-GCM: a nonce, a tag, the rest.
/// </summary>
internal sealed class TicketProtector : IDataProtector
{
    // The key may be a phrase that somebody thought of. Whoever steals a cookie could try phrases on it: let each take long (OWASP's number).
    private const int Iterations = 210_000;
    private const int KeyBytes = 32;

    private readonly byte[] _key;

    private TicketProtector(byte[] key) => _key = key;

    /// <summary>The one for a key of the operators. Takes a tenth of a second.</summary>
    public static TicketProtector FromKey(string adminKey) => new(Rfc2898DeriveBytes.Pbkdf2(
        Encoding.UTF8.GetBytes(adminKey), "SecKill: the operators' cookie, 1"u8, Iterations, HashAlgorithmName.SHA512, KeyBytes));

    /// <inheritdoc/>
    public IDataProtector CreateProtector(string purpose) =>
        new TicketProtector(HKDF.Expand(HashAlgorithmName.SHA256, _key, KeyBytes, Encoding.UTF8.GetBytes(purpose)));

    /// <inheritdoc/>
    public byte[] Protect(byte[] plaintext)
    {
        var sealedBytes = new byte[AesGcm.NonceByteSizes.MaxSize + AesGcm.TagByteSizes.MaxSize + plaintext.Length];
        var (nonce, tag, text) = Parts(sealedBytes);
        RandomNumberGenerator.Fill(nonce.Span);
        using var aes = new AesGcm(_key, tag.Length);
        aes.Encrypt(nonce.Span, plaintext, text.Span, tag.Span);
        return sealedBytes;
    }

    /// <inheritdoc/>
    /// <exception cref="CryptographicException">It was not sealed under this key, or was changed since.</exception>
    public byte[] Unprotect(byte[] protectedData)
    {
        if (protectedData.Length < AesGcm.NonceByteSizes.MaxSize + AesGcm.TagByteSizes.MaxSize)
            throw new CryptographicException("Too short.");
        var (nonce, tag, text) = Parts(protectedData);
        var plaintext = new byte[text.Length];
        using var aes = new AesGcm(_key, tag.Length);
        aes.Decrypt(nonce.Span, text.Span, tag.Span, plaintext);
        return plaintext;
    }

    private static (Memory<byte> Nonce, Memory<byte> Tag, Memory<byte> Text) Parts(byte[] bytes)
    {
        var nonce = AesGcm.NonceByteSizes.MaxSize;
        var head = nonce + AesGcm.TagByteSizes.MaxSize;
        return (bytes.AsMemory(0, nonce), bytes.AsMemory(nonce, head - nonce), bytes.AsMemory(head));
    }
}
