using System.Buffers.Text;
using System.Text;
using SecKill.Gateway.Accounts;
using SecKill.Grains.Interfaces.Users;
using SecKill.Tests.LocalServers.Api;

namespace SecKill.Tests.Unit.Auth;

/// <summary>
/// The quick routes and the pipeline accept the same tokens and read the same caller; neither accepts what the library refuses. Tested with
/// good tokens, forged ones, and ones mutated with and without the key.
/// </summary>
public sealed class TokenReaderTests(BothChecks checks) : IClassFixture<BothChecks>
{
    private const string Characters = "AQgw09-_=.+/ \u00e9";
    private static readonly string[] _prefixes = ["", "Bearer ", " bearer  "];
    private static readonly string[] _spellings = ["", " ", "\t", "\n", "=", "==", "%", "%%", "A", "AA", "+", "/", "-", "_", "."];
    private static readonly string[] _pieces =
    [
        "\"", "\\", "{", "}", "[", "]", ",", ":", "0", "-", "1e3", ".5", "null", "true", " ", "\\u0041", "\\ud800", "é", "\0", "\"nbf\":9999999999,",
        "\"exp\":1,", "\"exp\":9999999999,", "\"username\":\"eve\",", "\"kind\":\"saler\",", "\"iss\":\"x\",", "\"aud\":[\"seckill\"],", "\"jti\":\"\",", "\"a\":{},",
    ];

    public static TheoryData<string, string> Spellings
    {
        get
        {
            var payload = Payload(DateTimeOffset.UtcNow.AddHours(1).ToUnixTimeSeconds());
            var expiry = $"{DateTimeOffset.UtcNow.AddHours(1).ToUnixTimeSeconds()}";
            var data = new TheoryData<string, string>();
            foreach (var header in new[]
            {
                """{"typ":"JWT","alg":"HS256"}""", """{"alg":"HS256","typ":"JWT" }""", """{"alg":"HS256","typ":"JWT","kid":"1"}""", """{"alg":"HS256","typ":"jwt"}""",
                """{"alg":"HS256","typ":"JWT","crit":["exp"]}""", """{"alg":"HS256","alg":"none","typ":"JWT"}""", """{"alg":"HS256","typ":"JWT"}{}""", """{"alg":"HS256"}""", "{}", "",
            })
            {
                data.Add(header, payload);
            }
            foreach (var (from, to) in new[]
            {
                ($":{expiry}", $":\"{expiry}\""), ($":{expiry}", $":{expiry}.0"), ($":{expiry}", ":1e11"), ($":{expiry}", ":null"), ($":{expiry}", ":99999999999"), ($":{expiry}", $":[{expiry}]"),
                ("\"alice\"", "[\"alice\"]"), ("\"alice\"", "{\"a\":1}"), ("\"alice\"", "null"), ("\"alice\"", "\"al\u00FFce\""), ("\"customer\"", "[\"customer\"]"), ("\"customer\"", "\"Customer\""),
                ("\"aud\":\"seckill\"", "\"aud\":[\"seckill\"]"), ("1700000000", "\"1700000000\""), ("1700000000", "1.7e9"),
                ("0123456789abcdef", "0123456789ABCDEF"), ("0123456789abcdef", ""), ("0123456789abcdef", "0123456789abcdeg"),
                ("{", "{\"nbf\":1,"), ("{", "{\"username\":\"alice\","), ("{", "\u00EF\u00BB\u00BF{"), ("{", "{/**/"), ("{", "[{"), ("}", "}{}"), ("}", "} x"), ("}", "},"), ("}", ",}"), ("}", "}\0"), ("}", ""),
            })
            {
                data.Add(Tokens.PlainHeader, payload.Replace(from, to, StringComparison.Ordinal));
            }
            return data;
        }
    }

    [Theory]
    [InlineData("alice")]
    [InlineData("张三")]
    [InlineData("🎟️🎉")]
    [InlineData("a\"b\\c/d")]
    [InlineData("O'Neil <x>&+")]
    [InlineData("2026-11-26")]
    [InlineData("2026-11-26T10:00:00Z")]
    [InlineData("true")]
    [InlineData("17")]
    public async Task What_the_issuer_writes_is_accepted_by_both_and_read_alike(string name)
    {
        foreach (var kind in Enum.GetValues<UserKind>())
        {
            var caller = new Caller(UserName.Known(name), kind);
            foreach (var prefix in _prefixes)
            {
                var header = prefix + checks.Issue(caller);
                Assert.Equal(caller, checks.Quick(header));
                Assert.Equal(caller, await checks.PipelineAsync(header));
            }
        }
    }

    [Fact]
    public void A_token_changed_anywhere_by_somebody_without_the_key_is_not_accepted()
    {
        var token = checks.Issue(new Caller(UserName.Known("alice"), UserKind.Customer));
        for (var i = 0; i < token.Length; i++)
        {
            Assert.Null(checks.Quick(token.Remove(i, 1)));
            foreach (var other in Characters.Where(other => other != token[i]))
            {
                Assert.Null(checks.Quick($"{token[..i]}{other}{token[(i + 1)..]}"));
                // Before the token a space is none of it.
                if ((i, other) != (0, ' '))
                    Assert.Null(checks.Quick($"{token[..i]}{other}{token[i..]}"));
            }
        }
    }

    [Fact]
    public async Task Whatever_is_signed_with_the_key_is_taken_by_both_or_by_neither_and_only_if_the_library_takes_it()
    {
        var accepted = 0;
        await (from header in Edited(Tokens.PlainHeader, 1)
               from payload in Edited(Payload(DateTimeOffset.UtcNow.AddHours(1).ToUnixTimeSeconds()), 3)
               from part in Gen.Int[0, 9]
               from at in Gen.Int[0, 400]
               from character in Gen.Int[0, _spellings.Length - 1]
               select (Header: part == 0 ? header : Tokens.PlainHeader, Payload: part < 8 ? payload : Payload(9_999_999_999), Spelling: part < 5 ? "" : _spellings[character], at)).SampleAsync(async parts =>
        {
            var (header, payload) = (Base64Url.EncodeToString(Encoding.UTF8.GetBytes(parts.Header)), Base64Url.EncodeToString(Encoding.UTF8.GetBytes(parts.Payload)));
            payload = payload.Insert(parts.at < 200 ? payload.Length : Math.Min(parts.at - 200, payload.Length), parts.Spelling);
            var token = checks.Tokens.SignParts(header, payload);
            var quick = checks.Quick(token);
            Assert.Equal(quick, await checks.PipelineAsync(token));
            if (quick is null)
                return;
            Interlocked.Increment(ref accepted);
            Assert.True(await checks.LibraryTakesAsync(token), token);
        }, iter: 5_000, threads: 2);
        // Otherwise the comparison covered nothing.
        Assert.True(accepted > 100, $"{accepted} accepted");
    }

    [Theory]
    [MemberData(nameof(Spellings))]
    public async Task A_token_that_is_signed_but_not_written_as_the_issuer_writes_is_taken_by_neither(string header, string payload)
    {
        var token = checks.Tokens.SignText(header, Encoding.Latin1.GetBytes(payload));
        Assert.Null(checks.Quick(token));
        Assert.Null(await checks.PipelineAsync(token));
    }

    [Fact]
    public async Task Bits_at_the_end_of_the_payload_that_mean_nothing_are_refused_with_it()
    {
        var payload = Payload(DateTimeOffset.UtcNow.AddHours(1).ToUnixTimeSeconds());
        while (Encoding.UTF8.GetByteCount(payload) % 3 != 1)
            payload = payload.Replace("\"alice", "\"alicee", StringComparison.Ordinal);
        var (header, part) = (Base64Url.EncodeToString(Encoding.UTF8.GetBytes(Tokens.PlainHeader)), Base64Url.EncodeToString(Encoding.UTF8.GetBytes(payload)));
        Assert.NotNull(checks.Quick(checks.Tokens.SignParts(header, part)));
        // Of the last character four bits mean nothing here.
        var token = checks.Tokens.SignParts(header, part[..^1] + (char)(part[^1] + 1));
        Assert.Null(checks.Quick(token));
        Assert.Null(await checks.PipelineAsync(token));
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(60)]
    public async Task At_the_moment_of_expiry_the_quick_check_is_never_the_more_lenient(int secondsFromNow)
    {
        var token = checks.Tokens.SignText(
            Tokens.PlainHeader, Encoding.UTF8.GetBytes(Payload(DateTimeOffset.UtcNow.ToUnixTimeSeconds() + secondsFromNow)));
        // JwtBearer first: while it looks, time goes on.
        var slow = await checks.PipelineAsync(token);
        var quick = checks.Quick(token);
        Assert.True(quick is null || quick == slow);
        if (secondsFromNow != 1)
            Assert.Equal(secondsFromNow > 0, quick is not null);
    }

    [Fact]
    public async Task A_logged_out_token_is_accepted_by_neither()
    {
        var token = checks.Issue(new Caller(UserName.Known("alice"), UserKind.Customer));
        Assert.NotNull(checks.Quick(token));

        await checks.LogOutAsync(token);

        Assert.Null(checks.Quick(token));
        Assert.Null(await checks.PipelineAsync(token));
    }

    private static string Payload(long expiry) =>
        $$"""{"username":"alice","kind":"customer","jti":"0123456789abcdef0123456789abcdef","iat":1700000000,"exp":{{expiry}},"iss":"seckill","aud":"seckill"}""";

    /// <summary>The text after up to so many edits: a piece put in, a stretch taken out or doubled.</summary>
    private static Gen<string> Edited(string text, int edits) =>
        Gen.Select(Gen.Int[0, text.Length], Gen.Int[0, 12], Gen.Int[0, 2], Gen.Int[0, _pieces.Length - 1]).Array[0, edits].Select(steps =>
        {
            var edited = text;
            foreach (var (at, length, what, piece) in steps)
            {
                var from = Math.Min(at, edited.Length);
                var stretch = edited.Substring(from, Math.Min(length, edited.Length - from));
                edited = what switch
                {
                    0 => edited.Insert(from, _pieces[piece]),
                    1 => edited.Remove(from, stretch.Length),
                    _ => edited.Insert(from, stretch),
                };
            }
            return edited;
        });
}
