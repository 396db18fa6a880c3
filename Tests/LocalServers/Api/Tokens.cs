using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text.Json.Nodes;

namespace SecKill.Tests.LocalServers.Api;

/// <summary>
/// Mints tokens as the gateways do, so that a test can have thousands of customers without a password hash each; also mints tokens
/// that a gateway must refuse.
/// </summary>
public sealed class Tokens(byte[] key)
{
    public const string Customer = "customer";
    public const string Seller = "saler";

    private delegate string Forgery(Tokens tokens, string username, string kind);

    private static readonly Dictionary<string, Forgery> _forgeries = new()
    {
        ["algorithm none without signature"] = (t, u, k) => Part(Header("none")) + "." + Part(Claims(u, k)) + ".",
        ["algorithm None with the right signature"] = (t, u, k) => t.Sign(Header("None"), Claims(u, k)),
        ["algorithm missing"] = (t, u, k) => t.Sign(new JsonObject { ["typ"] = "JWT" }, Claims(u, k)),
        ["algorithm RS256 over an HMAC"] = (t, u, k) => t.Sign(Header("RS256"), Claims(u, k)),
        ["HS512 with the same key"] = (t, u, k) => t.Sign(Header("HS512"), Claims(u, k), HMACSHA512.HashData),
        ["HS256 announced, HS512 made"] = (t, u, k) => t.Sign(Header("HS256"), Claims(u, k), HMACSHA512.HashData),
        ["another key"] = (t, u, k) => new Tokens(RandomNumberGenerator.GetBytes(32)).Mint(u, k),
        ["an empty key"] = (t, u, k) => new Tokens([]).Mint(u, k),
        ["signature cut off"] = (t, u, k) => t.Mint(u, k)[..^43],
        ["signature truncated"] = (t, u, k) => t.Mint(u, k)[..^6],
        ["signature missing with its dot"] = (t, u, k) => string.Join('.', t.Mint(u, k).Split('.')[..2]),
        ["a fourth part"] = (t, u, k) => t.Mint(u, k) + ".e30",
        ["payload swapped"] = (t, u, k) => Swap(t.Mint(u + "x", k), t.Mint(u, k)),
        ["expired"] = (t, u, k) => t.Sign(Header("HS256"), Claims(u, k, lifetime: TimeSpan.FromHours(-1))),
        ["without expiry"] = (t, u, k) => t.Changed(u, k, "exp", null),
        ["expiry as a word"] = (t, u, k) => t.Changed(u, k, "exp", "never"),
        ["wrong issuer"] = (t, u, k) => t.Changed(u, k, "iss", "somebody"),
        ["without issuer"] = (t, u, k) => t.Changed(u, k, "iss", null),
        ["wrong audience"] = (t, u, k) => t.Changed(u, k, "aud", "somebody"),
        ["without audience"] = (t, u, k) => t.Changed(u, k, "aud", null),
        ["unknown kind"] = (t, u, k) => t.Changed(u, k, "kind", "admin"),
        ["without kind"] = (t, u, k) => t.Changed(u, k, "kind", null),
        ["without username"] = (t, u, k) => t.Changed(u, k, "username", null),
        ["empty username"] = (t, u, k) => t.Changed(u, k, "username", ""),
        ["username as a number"] = (t, u, k) => t.Changed(u, k, "username", 7),
        ["expiry in quotes"] = (t, u, k) => t.Changed(u, k, "exp", $"{DateTimeOffset.UtcNow.AddHours(1).ToUnixTimeSeconds()}"),
        ["username as a list"] = (t, u, k) => t.Changed(u, k, "username", new JsonArray(u)),
        ["kind as a list"] = (t, u, k) => t.Changed(u, k, "kind", new JsonArray(k)),
        ["audience as a list"] = (t, u, k) => t.Changed(u, k, "aud", new JsonArray("seckill")),
        ["an extension that must be understood"] = (t, u, k) => t.Sign(new JsonObject { ["alg"] = "HS256", ["typ"] = "JWT", ["crit"] = new JsonArray("b64"), ["b64"] = false }, Claims(u, k)),
        ["text after the object"] = (t, u, k) => t.SignText(PlainHeader, Encoding.UTF8.GetBytes(Claims(u, k).ToJsonString() + "{}")),
        ["white space in the payload part"] = (t, u, k) => t.Sign(Part(Header("HS256")), Part(Claims(u, k)).Insert(8, " ")),
        ["padding behind the payload part"] = (t, u, k) => t.Sign(Part(Header("HS256")), Padded(u, k, '=')),
        ["per cent behind the payload part"] = (t, u, k) => t.Sign(Part(Header("HS256")), Padded(u, k, '%')),
        ["a payload part that is no base64"] = (t, u, k) => t.Sign(Part(Header("HS256")), new string('A', 41)),
        ["payload that is no object"] = (t, u, k) => t.Sign(Header("HS256"), new JsonArray("username", u)),
    };

    public const string PlainHeader = """{"alg":"HS256","typ":"JWT"}""";

    public static IEnumerable<string> Forgeries => _forgeries.Keys;

    public string Mint(string username, string kind) => Sign(Header("HS256"), Claims(username, kind));

    public string Forge(string forgery, string username, string kind) => _forgeries[forgery](this, username, kind);

    /// <summary>What a token carries.</summary>
    public static JsonObject Payload(string token) =>
        (JsonObject)JsonNode.Parse(Base64Url.DecodeFromChars(token.Split('.')[1]))!;

    private static JsonObject Claims(string username, string kind, TimeSpan? lifetime = null)
    {
        var now = DateTimeOffset.UtcNow;
        return new JsonObject
        {
            ["username"] = username,
            ["kind"] = kind,
            ["jti"] = Guid.NewGuid().ToString("N"),
            ["iat"] = now.ToUnixTimeSeconds(),
            ["exp"] = (now + (lifetime ?? TimeSpan.FromHours(1))).ToUnixTimeSeconds(),
            ["iss"] = "seckill",
            ["aud"] = "seckill",
        };
    }

    private string Changed(string username, string kind, string claim, JsonNode? value)
    {
        var claims = Claims(username, kind);
        claims.Remove(claim);
        if (value is not null)
            claims[claim] = value;
        return Sign(Header("HS256"), claims);
    }

    /// <summary>Signs what need not be JSON.</summary>
    public string SignText(string header, byte[] claims) => Sign(Base64Url.EncodeToString(Encoding.UTF8.GetBytes(header)), Base64Url.EncodeToString(claims));

    /// <summary>Signs two parts as they are.</summary>
    public string SignParts(string header, string claims) => Sign(header, claims);

    private string Sign(JsonNode header, JsonNode claims, Func<byte[], byte[], byte[]>? mac = null) => Sign(Part(header), Part(claims), mac);

    private string Sign(string header, string claims, Func<byte[], byte[], byte[]>? mac = null)
    {
        var text = header + "." + claims;
        return text + "." + Base64Url.EncodeToString((mac ?? HMACSHA256.HashData)(key, Encoding.ASCII.GetBytes(text)));
    }

    private static JsonObject Header(string algorithm) => new() { ["alg"] = algorithm, ["typ"] = "JWT" };

    private static string Part(JsonNode node) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(node.ToJsonString()));

    /// <summary>The payload part, filled up to a whole number of quadruples; at least by one character.</summary>
    private static string Padded(string username, string kind, char padding)
    {
        var claims = Claims(username, kind);
        while (Part(claims).Length % 4 == 0)
            claims["iat"] = (long)claims["iat"]! / 10;
        var part = Part(claims);
        return part.PadRight((part.Length + 3) / 4 * 4, padding);
    }

    private static string Swap(string payloadOf, string rest)
    {
        var parts = rest.Split('.');
        return $"{parts[0]}.{payloadOf.Split('.')[1]}.{parts[2]}";
    }
}
