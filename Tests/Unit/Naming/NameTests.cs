using Microsoft.Extensions.DependencyInjection;
using Orleans.Serialization;
using SecKill.Grains.Stock;

namespace SecKill.Tests.Unit.Naming;

public sealed class NameTests
{
    // All that the rules accept: whole code points, no control characters; the troublesome ones often.
    private static readonly Gen<string> _name = Gen.Frequency(
            (3, Gen.Int[0x20, 0x7e]), (3, Gen.Int[0, 9].Select(i => (int)"/{}%:+.*?#"[i])), (2, Gen.Int[0xa0, 0xd7ff]), (1, Gen.Int[0xe000, 0x10ffff]))
        .Array[1, 60].Select(points => string.Concat(points.Select(char.ConvertFromUtf32)));

    private static readonly Serializer _serializer = new ServiceCollection().AddSerializer().BuildServiceProvider().GetRequiredService<Serializer>();

    [Fact]
    public void A_coupon_is_read_back_from_its_key() => Gen.Select(_name, _name).Sample(
        (seller, name) => CouponId.Parse(CouponId.Known(seller, name).Key) == CouponId.Known(seller, name), iter: 2_000);

    [Fact]
    public void Different_coupons_have_different_keys() => Gen.Select(_name, _name, _name, _name).Sample((s1, n1, s2, n2) =>
        (CouponId.Known(s1, n1) == CouponId.Known(s2, n2)) == (CouponId.Known(s1, n1).Key == CouponId.Known(s2, n2).Key)
        && CouponId.Known(s1, $"{n1}/{n2}").Key != CouponId.Known($"{s1}/{n1}", n2).Key, iter: 2_000);

    [Fact]
    public void A_key_holds_nothing_but_plain_characters_and_one_slash() => Gen.Select(_name, _name).Sample((seller, name) =>
    {
        var key = CouponId.Known(seller, name).Key;
        return key.Count(c => c == '/') == 1 && key.All(c => char.IsAsciiLetterOrDigit(c) || "/%-_.~".Contains(c, StringComparison.Ordinal));
    }, iter: 2_000);

    [Fact]
    public void A_user_is_read_back_from_its_key() => _name.Sample(name => UserName.FromKey(KeyOf(name)).Value == name, iter: 2_000);

    [Fact]
    public void A_name_survives_the_serializer_of_Orleans() => _name.Sample(name =>
        CouponId.Known(name, name) is var id && _serializer.Deserialize<CouponId>(_serializer.SerializeToArray(id)) == id, iter: 200);

    [Fact]
    public void Only_valid_names_parse()
    {
        Assert.True(CouponId.TryParse("anna", "breakfast", out var id, out _));
        Assert.Equal(CouponId.Known("anna", "breakfast"), id);
        Assert.False(CouponId.TryParse("", "", out _, out var fault));
        Assert.Equal("User name too short.", fault);
        Assert.False(CouponId.TryParse("anna", "..", out _, out fault));
        Assert.Equal("Coupon name must not be '..'.", fault);
        Assert.True(UserName.TryParse(" ", out _));
        Assert.False(UserName.TryParse(" ", out _, out _, isNew: true));
        Assert.False(CouponName.TryParse(null, out _, out _, isNew: true));
    }

    private static string KeyOf(string name) => UserName.Known(name).Key;

    // As Orleans' grain storage asks (AdoNetGrainStorage.GrainIdAndExtensionAsString).
    private static bool OrleansReadsAsNumber(string key)
    {
        var id = GrainId.Create("user", key);
        return id.TryGetGuidKey(out _, out _) || id.TryGetIntegerKey(out _, out _);
    }

    // Digits of every base, signs, and what else stands in numbers and GUIDs.
    private static readonly Gen<string> _numberLike = Gen.Frequency((8, Gen.Char["0123456789abcdefABCDEF"]), (1, Gen.Char["+-x.,{}() eE_%"]))
        .Array[1, UserName.MaxLength].Select(characters => new string(characters));

    [Fact]
    public void No_key_of_a_user_or_a_coupon_reads_as_a_number_to_the_grain_storage() => Gen.Select(_numberLike, _numberLike).Sample((name, other) =>
        !OrleansReadsAsNumber(KeyOf(name)) && !OrleansReadsAsNumber(CouponId.Known(name, other).Key) && UserName.FromKey(KeyOf(name)).Value == name
        && (name == other) == (KeyOf(name) == KeyOf(other)), iter: 20_000);

    [Fact]
    public void The_names_that_older_versions_kept_as_numbers_are_known() => _numberLike.Sample(name =>
        UserName.Known(name).TryReadNumber(out _) == OrleansReadsAsNumber(Uri.EscapeDataString(name))
        && (KeyOf(name) == Uri.EscapeDataString(name)) != UserName.Known(name).TryReadNumber(out _), iter: 20_000);

    [Fact]
    public void All_keys_of_a_coupon_lie_in_one_slot_whatever_its_name() => Gen.Select(_name, _name).Sample((seller, name) =>
    {
        var keys = Array.ConvertAll(StockKeys.OfCoupon(CouponId.Known(seller, name)), key => (string)key!);
        // Redis Cluster hashes what stands between the first brace and the next closing one.
        return keys.Select(key => key[key.IndexOf('{')..(key.IndexOf('}') + 1)]).Distinct().Count() == 1 && keys.Distinct().Count() == keys.Length;
    });

    [Fact]
    public void A_text_without_a_slash_is_no_coupon() => Assert.Throws<FormatException>(() => CouponId.Parse("seller%2Fname"));

    [Fact]
    public void Whole_printable_names_pass_up_to_their_length_in_code_points() => _name.Sample(name =>
        name == "." || name.Split('/').Contains("..") || (NameRules.FindNameFault("Name", name, 60) is null
            && NameRules.FindTextFault("Name", name, name.EnumerateRunes().Count() - 1) is not null), iter: 2_000);

    [Theory]
    [InlineData("", "Name too short.")]
    [InlineData(".", "Name must not be '.'.")]
    [InlineData("..", "Name must not be '..'.")]
    [InlineData("../a", "Name must not contain '..' between slashes.")]
    [InlineData("a/..", "Name must not contain '..' between slashes.")]
    [InlineData("..a/", null)]
    [InlineData("a\0b", "Name must not contain control characters.")]
    [InlineData("\u007f", "Name must not contain control characters.")]
    [InlineData("a\u0085", "Name must not contain control characters.")]
    [InlineData("123456", "Name too long: 5 characters at most.")]
    [InlineData("😀😀😀😀😀😀", "Name too long: 5 characters at most.")]
    [InlineData("😀😀😀😀😀", null)]
    [InlineData("...", null)]
    [InlineData(" ", null)]
    public void A_fault_is_named(string name, string? fault) => Assert.Equal(fault, NameRules.FindNameFault("Name", name, 5));

    [Theory]
    [InlineData("a", null)]
    [InlineData(" a", null)]
    [InlineData("\u200F\u05D0", null)]
    [InlineData("👨‍👩‍👧", null)]
    [InlineData("", "Name too short.")]
    [InlineData("..", "Name must not be '..'.")]
    [InlineData("a\0", "Name must not contain control characters.")]
    [InlineData("   ", "Name must contain a character that can be seen.")]
    [InlineData("\u200B\u3164", "Name must contain a character that can be seen.")]
    [InlineData("\u0301", "Name must contain a character that can be seen.")]
    [InlineData("a\u202Eb", "Name must not contain characters that change the direction of writing.")]
    [InlineData("a\u2069", "Name must not contain characters that change the direction of writing.")]
    public void A_fault_of_a_new_name_is_named(string name, string? fault) => Assert.Equal(fault, NameRules.FindNewNameFault("Name", name, 5));

    [Fact]
    public void Half_a_character_is_refused()
    {
        Assert.Equal("Name is not valid Unicode.", NameRules.FindNameFault("Name", "a\ud83d", 5));
        Assert.Equal("Name is not valid Unicode.", NameRules.FindTextFault("Name", "\ude00\ud83d", 5));
        Assert.Null(NameRules.FindTextFault("Name", "", 5));
    }
}
