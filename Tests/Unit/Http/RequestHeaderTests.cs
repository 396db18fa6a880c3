using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using SecKill.Gateway.Accounts;
using SecKill.Gateway.Http;
using SecKill.Grains.Interfaces.Users;

namespace SecKill.Tests.Unit.Http;

public sealed class RequestHeaderTests
{
    [Theory]
    [InlineData("k")]
    [InlineData("!~0f3b-:\"")]
    [InlineData("0123456789012345678901234567890123456789012345678901234567890123")]
    public void A_key_is_one_to_64_visible_characters(string text)
    {
        Assert.True(IdempotencyKey.TryRead(text, out var key));

        Assert.Equal(text, key);
    }

    [Theory]
    [InlineData("")]
    [InlineData("a b")]
    [InlineData("ä")]
    [InlineData("a\tb")]
    [InlineData("01234567890123456789012345678901234567890123456789012345678901234")]
    public void Another_text_is_no_key(string text) => Assert.False(IdempotencyKey.TryRead(text, out _));

    [Fact]
    public void A_key_is_optional_and_comes_once()
    {
        Assert.True(IdempotencyKey.TryRead(StringValues.Empty, out var key));
        Assert.Null(key);
        Assert.False(IdempotencyKey.TryRead(new StringValues(["a", "a"]), out _));
    }

    [Fact]
    public void Equal_requests_have_equal_hashes_and_others_do_not()
    {
        byte[][] hashes =
        [
            Hash("breakfast", "amount", "5"), Hash("breakfast", "amount", "6"), Hash("lunch", "amount", "5"), Hash("breakfast", "window", null, "5"),
            Hash("breakfast", "window", "5", null), Hash("breakfast", "window", "[5,null]"),
        ];

        Assert.Equal(Hash("breakfast", "amount", "5"), hashes[0]);
        Assert.Equal(hashes.Length, hashes.Select(Convert.ToHexString).Distinct().Count());
    }

    [Theory]
    [InlineData("*", null)]
    [InlineData("\"3\"", 3L)]
    [InlineData("\"0\"", 0L)]
    [InlineData("W/\"3\"", -1L)]
    [InlineData("\"03\"", -1L)]
    [InlineData("\"-3\"", -1L)]
    [InlineData("\"abc\"", -1L)]
    [InlineData("\"\"", -1L)]
    [InlineData("\"99999999999999999999\"", -1L)]
    public void A_change_is_bound_to_the_version_of_a_strong_tag(string text, long? expected)
    {
        Assert.True(IfMatch.TryRead(text, out var version));

        Assert.Equal(expected, version);
    }

    [Theory]
    [InlineData("")]
    [InlineData("3")]
    [InlineData("\"3")]
    [InlineData("\"")]
    [InlineData("\"3\", \"4\"")]
    [InlineData("w/\"3\"")]
    public void What_is_no_tag_is_refused(string text) => Assert.False(IfMatch.TryRead(text, out _));

    [Fact]
    public void Without_a_tag_a_change_is_bound_to_nothing()
    {
        Assert.True(IfMatch.TryRead(StringValues.Empty, out var version));

        Assert.Null(version);
        Assert.Equal("\"12\"", IfMatch.TagOf(12));
    }

    private static byte[] Hash(string coupon, string route, params string?[] fields) => IdempotencyKey.Mark(
        new DefaultHttpContext().Request, new Caller(UserName.Known("bob"), UserKind.Seller), "key", CouponId.Known("bob", coupon), route, fields).Hash;
}
