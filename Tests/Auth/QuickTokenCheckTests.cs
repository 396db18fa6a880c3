using System.Text;
using CsCheck;
using SecKill.Gateway.Auth;
using SecKill.Grains.Interfaces.Users;
using SecKill.Tests.Api;
using Xunit;

namespace SecKill.Tests.Auth;

/// <summary>
/// The quick check stands before JwtBearer, so it must accept nothing that JwtBearer refuses, and read the same caller from
/// what both accept. Both are given the same tokens: good, forged, and mutated with and without the key.
/// </summary>
public sealed class QuickTokenCheckTests(BothChecks checks) : IClassFixture<BothChecks>
{
    private const string Characters = "AQgw09-_=.+/ \u00e9";
    private static readonly string[] _prefixes = ["", "Bearer ", " bearer  "];
    private static readonly string[] _pieces =
    [
        "\"", "\\", "{", "}", "[", "]", ",", ":", "0", "-", "1e3", ".5", "null", "true", " ", "\\u0041", "\\ud800", "é", "\0", "\"nbf\":9999999999,",
        "\"exp\":1,", "\"exp\":9999999999,", "\"username\":\"eve\",", "\"kind\":\"saler\",", "\"iss\":\"x\",", "\"aud\":[\"seckill\"],", "\"jti\":\"\",", "\"a\":{},",
    ];

    public static TheoryData<string> Forgeries => [.. Tokens.Forgeries];

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
            var caller = new Caller(name, kind);
            foreach (var prefix in _prefixes)
            {
                var header = prefix + checks.Issue(caller);
                Assert.Equal(caller, checks.Quick(header));
                Assert.Equal(caller, await checks.JwtBearerAsync(header));
            }
        }
    }

    [Theory]
    [MemberData(nameof(Forgeries))]
    public async Task A_forgery_is_accepted_by_neither(string forgery)
    {
        var token = checks.Tokens.Forge(forgery, "alice", Tokens.Customer);
        Assert.Null(checks.Quick(token));
        Assert.Null(await checks.JwtBearerAsync(token));
    }

    [Fact]
    public void A_token_changed_anywhere_by_somebody_without_the_key_is_not_accepted()
    {
        var token = checks.Issue(new Caller("alice", UserKind.Customer));
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
    public async Task Whatever_is_signed_with_the_key_is_accepted_only_if_jwtbearer_accepts_it_and_reads_the_same()
    {
        var accepted = 0;
        await (from header in Edited("""{"alg":"HS256","typ":"JWT"}""", 1)
               from payload in Edited(Payload(DateTimeOffset.UtcNow.AddHours(1).ToUnixTimeSeconds()), 3)
               from headerIsPlain in Gen.Int[0, 9]
               select (Header: headerIsPlain > 0 ? """{"alg":"HS256","typ":"JWT"}""" : header, Payload: payload)).SampleAsync(async parts =>
        {
            var token = checks.Tokens.SignText(parts.Header, Encoding.UTF8.GetBytes(parts.Payload));
            if (checks.Quick(token) is not { } caller)
                return;
            Interlocked.Increment(ref accepted);
            Assert.Equal(caller, await checks.JwtBearerAsync(token));
        }, iter: 20_000, threads: 2);
        // Else the comparison has seen nothing.
        Assert.True(accepted > 100, $"{accepted} accepted");
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(60)]
    public async Task At_the_moment_of_expiry_the_quick_check_is_never_the_more_lenient(int secondsFromNow)
    {
        var token = checks.Tokens.SignText(
            """{"alg":"HS256","typ":"JWT"}""", Encoding.UTF8.GetBytes(Payload(DateTimeOffset.UtcNow.ToUnixTimeSeconds() + secondsFromNow)));
        // JwtBearer first: while it looks, time goes on.
        var slow = await checks.JwtBearerAsync(token);
        var quick = checks.Quick(token);
        Assert.True(quick is null || quick == slow);
        if (secondsFromNow != 1)
            Assert.Equal(secondsFromNow > 0, quick is not null);
    }

    [Fact]
    public async Task A_logged_out_token_is_accepted_by_neither()
    {
        var token = checks.Issue(new Caller("alice", UserKind.Customer));
        Assert.NotNull(checks.Quick(token));

        await checks.LogOutAsync((string)Tokens.Payload(token)["jti"]!);

        Assert.Null(checks.Quick(token));
        Assert.Null(await checks.JwtBearerAsync(token));
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
