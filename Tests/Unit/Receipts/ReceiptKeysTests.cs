using System.Security.Cryptography;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.Tokens;
using SecKill.Gateway.Receipts;

namespace SecKill.Tests.Unit.Receipts;

public sealed class ReceiptKeysTests
{
    // What `openssl ecparam -name prime256v1 -genkey` writes without -noout.
    private const string Parameters = "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n";

    [Fact]
    public void The_first_key_signs_and_all_are_published_under_their_thumbprints()
    {
        var (first, second, third) = (NewKey(), NewKey(), NewKey());

        var keys = Keys($"{Parameters}{first.ExportECPrivateKeyPem()}\n{second.ExportSubjectPublicKeyInfoPem()}\n{third.ExportPkcs8PrivateKeyPem()}");

        Assert.Equal([X(first), X(second), X(third)], keys.Published.Select(key => key.X));
        Assert.Equal(keys.Published[0].Kid, keys.Signing!.Kid);
        Assert.All(keys.Published, key => Assert.Equal(
            Base64UrlEncoder.Encode(SHA256.HashData(System.Text.Encoding.UTF8.GetBytes($$"""{"crv":"P-256","kty":"EC","x":"{{key.X}}","y":"{{key.Y}}"}"""))), key.Kid));
    }

    [Fact]
    public void Without_keys_nothing_is_signed_or_published()
    {
        var keys = Keys("");
        Assert.Null(keys.Signing);
        Assert.Empty(keys.Published);
    }

    [Fact]
    public void Keys_are_read_from_a_file()
    {
        var file = Path.GetTempFileName();
        try
        {
            using var key = NewKey();
            File.WriteAllText(file, key.ExportPkcs8PrivateKeyPem());
            Assert.Equal(X(key), Assert.Single(Keys(file).Published).X);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public void A_key_that_does_not_suit_is_refused_by_a_text_that_says_why()
    {
        using var rsa = RSA.Create(2048);
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        using var good = NewKey();
        foreach (var (text, why) in new[]
        {
            (rsa.ExportPkcs8PrivateKeyPem(), "cannot be read"), (other.ExportPkcs8PrivateKeyPem(), "another curve"), (good.ExportSubjectPublicKeyInfoPem(), "private key first"),
            ("/no/such/file", "cannot be read"), ("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----", "cannot be read"),
            (Parameters + good.ExportSubjectPublicKeyInfoPem(), "private key first"), (Parameters, "holds no key"),
            // Lines joined by a literal \n, as some deployments write a setting; a key that was cut off; and one in front of a good one.
            (good.ExportPkcs8PrivateKeyPem().Replace("\n", "\\n", StringComparison.Ordinal), "damaged"), (good.ExportPkcs8PrivateKeyPem()[..60], "damaged"),
            ($"{good.ExportPkcs8PrivateKeyPem().Replace("-----END", "----END", StringComparison.Ordinal)}\n{good.ExportPkcs8PrivateKeyPem()}", "damaged"),
        })
        {
            var options = new ReceiptOptions { Keys = text };
            Assert.Contains(why, Assert.Single(options.Validate(new System.ComponentModel.DataAnnotations.ValidationContext(options))).ErrorMessage, StringComparison.Ordinal);
        }
    }

    private static ReceiptKeys Keys(string setting) => new(Options.Create(new ReceiptOptions { Keys = setting }));

    private static ECDsa NewKey() => ECDsa.Create(ECCurve.NamedCurves.nistP256);

    private static string X(ECDsa key) => Base64UrlEncoder.Encode(key.ExportParameters(false).Q.X);
}
