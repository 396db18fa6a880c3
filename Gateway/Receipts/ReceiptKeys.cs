using System.Security.Cryptography;
using Microsoft.IdentityModel.Tokens;

namespace SecKill.Gateway.Receipts;

/// <summary>
/// The keys of receipts. Each is named by its thumbprint (RFC 7638), so that nothing but the keys is configured, and no name is given twice.
/// </summary>
internal sealed class ReceiptKeys
{
    private const string Begin = "-----BEGIN";

    private static readonly string _howTo = "Make a key with 'openssl ecparam -name prime256v1 -genkey -noout'.";

    public ReceiptKeys(IOptions<ReceiptOptions> options)
    {
        var keys = Read(options.Value.Keys).ToArray();
        Published = [.. keys.Select(ReceiptKey.Of)];
        if (keys.Length > 0)
            Signing = new SigningCredentials(new ECDsaSecurityKey(keys[0]) { KeyId = Published[0].Kid }, SecurityAlgorithms.EcdsaSha256);
    }

    /// <summary>Signs; null where there is no key.</summary>
    public SigningCredentials? Signing { get; }

    /// <summary>All keys, as they are published.</summary>
    public IReadOnlyList<ReceiptKey> Published { get; }

    /// <summary>Reads keys in PEM, or the file of that path.</summary>
    /// <exception cref="FormatException">They cannot be read, or do not suit.</exception>
    public static IEnumerable<ECDsa> Read(string setting)
    {
        var rest = setting.Contains(Begin, StringComparison.Ordinal) ? setting : ReadFile(setting);
        var (begun, read, keys) = (rest.AsSpan().Count(Begin), 0, 0);
        for (; PemEncoding.TryFind(rest, out var found); read++)
        {
            // What openssl writes in front of a key.
            if (rest[found.Label] != "EC PARAMETERS")
                yield return ReadKey(rest[found.Location], signs: keys++ == 0);
            rest = rest[found.Location.End..];
        }
        // It would be passed over: another key, one to be replaced, would sign, or none.
        if (read < begun)
            throw new FormatException($"holds a block that is damaged, or whose lines were joined. {_howTo}");
        if (keys == 0 && begun > 0)
            throw new FormatException($"holds no key. {_howTo}");
    }

    private static string ReadFile(string path)
    {
        if (path.Length == 0)
            return "";
        try
        {
            var text = File.ReadAllText(path);
            return text.Contains(Begin, StringComparison.Ordinal) ? text : throw new FormatException($"names the file '{path}', which holds no PEM. {_howTo}");
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new FormatException($"names a file that cannot be read: {fault.Message}", fault);
        }
    }

    private static ECDsa ReadKey(string pem, bool signs)
    {
        var key = ECDsa.Create();
        try
        {
            key.ImportFromPem(pem);
            if (key.KeySize != 256)
                throw new FormatException($"holds a key of another curve than P-256. {_howTo}");
            var parameters = key.ExportParameters(includePrivateParameters: false);
            if (parameters.Curve.Oid.FriendlyName is not ("nistP256" or "ECDSA_P256") && parameters.Curve.Oid.Value != "1.2.840.10045.3.1.7")
                throw new FormatException($"holds a key of another curve than P-256. {_howTo}");
            if (signs && !CanSign(key))
                throw new FormatException("must hold a private key first: it signs.");
            return key;
        }
        catch (Exception fault) when (fault is ArgumentException or CryptographicException or FormatException)
        {
            key.Dispose();
            throw fault as FormatException ?? new FormatException($"holds a key that cannot be read. {_howTo}", fault);
        }
    }

    private static bool CanSign(ECDsa key)
    {
        try
        {
            _ = key.SignData([], HashAlgorithmName.SHA256);
            return true;
        }
        catch (CryptographicException)
        {
            return false;
        }
    }
}

/// <summary>A public key as it is published (RFC 7517).</summary>
/// <param name="Kty">Its type.</param>
/// <param name="Crv">The curve.</param>
/// <param name="X">The point's first coordinate, base64url.</param>
/// <param name="Y">The second.</param>
/// <param name="Kid">Its name, by which a receipt names it.</param>
/// <param name="Use">What it is for.</param>
/// <param name="Alg">How it signs.</param>
internal sealed record ReceiptKey(string Kty, string Crv, string X, string Y, string Kid, string Use, string Alg)
{
    public static ReceiptKey Of(ECDsa key)
    {
        var point = key.ExportParameters(includePrivateParameters: false).Q;
        var jwk = new JsonWebKey { Kty = JsonWebAlgorithmsKeyTypes.EllipticCurve, Crv = JsonWebKeyECTypes.P256, X = Base64UrlEncoder.Encode(point.X), Y = Base64UrlEncoder.Encode(point.Y) };
        return new ReceiptKey(jwk.Kty, jwk.Crv, jwk.X, jwk.Y, Base64UrlEncoder.Encode(jwk.ComputeJwkThumbprint()), JsonWebKeyUseNames.Sig, SecurityAlgorithms.EcdsaSha256);
    }
}

/// <summary>The set of published keys (RFC 7517).</summary>
/// <param name="Keys">The first one signs.</param>
internal sealed record ReceiptKeySet(IReadOnlyList<ReceiptKey> Keys);
