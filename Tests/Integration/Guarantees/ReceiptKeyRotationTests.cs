using System.Buffers.Text;
using System.Security.Cryptography;

namespace SecKill.Tests.Integration.Guarantees;

/// <summary>The key of receipts is changed in the middle of a sale: receipts of before stay good as long as their key is published.</summary>
public sealed class ReceiptKeyRotationTests
{
    [Fact]
    public async Task Receipts_of_before_and_after_a_change_of_keys_are_verified_by_what_is_published_then()
    {
        using var first = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var second = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var file = Path.Combine(RunFolder.Create("keys"), "receipts.pem");
        await using var deployment = new EmbeddedDeployment(new Dictionary<string, string?> { ["Receipts__Keys"] = file, ["Passwords__Iterations"] = "1000" });
        try
        {
            var before = await RestartAsync(first.ExportPkcs8PrivateKeyPem(), create: true);
            var prepared = await RestartAsync($"{first.ExportPkcs8PrivateKeyPem()}\n{second.ExportPkcs8PrivateKeyPem()}");
            var after = await RestartAsync($"{second.ExportPkcs8PrivateKeyPem()}\n{first.ExportSubjectPublicKeyInfoPem()}");
            var end = await RestartAsync(second.ExportPkcs8PrivateKeyPem());

            Assert.Equal([before.Code, before.Code, before.Code], new[] { prepared, after, end }.Select(one => one.Code));
            Assert.Equal((true, true, true), (Verifies(before.Token, before.Keys), Verifies(prepared.Token, before.Keys), Verifies(after.Token, prepared.Keys)));
            Assert.Equal((true, false), (Verifies(before.Token, after.Keys), Verifies(before.Token, end.Keys)));
            Assert.Equal((true, false), (Verifies(end.Token, after.Keys), Verifies(after.Token, before.Keys)));
        }
        finally
        {
            RunFolder.Delete(Path.GetDirectoryName(file)!);
        }

        async Task<(string Code, string Token, JsonElement Keys)> RestartAsync(string keys, bool create = false)
        {
            await File.WriteAllTextAsync(file, keys, TestContext.Current.CancellationToken);
            if (!create)
                await deployment.StopAsync();
            await deployment.StartAsync();
            var (api, tokens) = (new ApiClient(deployment.Address), new Tokens(deployment.SigningKey));
            var (seller, customer) = (tokens.Mint("bob", Tokens.Seller), tokens.Mint("ann", Tokens.Customer));
            if (create)
            {
                Expect.Created(await api.CreateAsync(seller, "bob", "breakfast", 3));
                Expect.Claimed(await api.ClaimAsync(customer, "bob", "breakfast"));
            }
            var receipt = (await api.SendAsync(HttpMethod.Get, $"{ApiClient.CouponOf("bob", "breakfast")}/claims/ann/receipt", customer)).Json!.Value.GetProperty("data");
            var published = (await api.SendAsync(HttpMethod.Get, "/.well-known/jwks.json")).Json!.Value.GetProperty("keys");
            return (receipt.GetProperty("code").GetString()!, receipt.GetProperty("token").GetString()!, published);
        }
    }

    private static bool Verifies(string token, JsonElement keys)
    {
        var parts = token.Split('.');
        var kid = JsonDocument.Parse(Base64Url.DecodeFromChars(parts[0])).RootElement.GetProperty("kid").GetString();
        foreach (var key in keys.EnumerateArray().Where(key => key.GetProperty("kid").GetString() == kid))
        {
            using var verifier = ECDsa.Create(new ECParameters
            {
                Curve = ECCurve.NamedCurves.nistP256,
                Q = new ECPoint { X = Base64Url.DecodeFromChars(key.GetProperty("x").GetString()), Y = Base64Url.DecodeFromChars(key.GetProperty("y").GetString()) },
            });
            return verifier.VerifyData(Encoding.UTF8.GetBytes($"{parts[0]}.{parts[1]}"), Base64Url.DecodeFromChars(parts[2]), HashAlgorithmName.SHA256);
        }
        return false;
    }
}
