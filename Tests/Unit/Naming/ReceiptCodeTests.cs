using SecKill.Grains.Interfaces.Redemptions;

namespace SecKill.Tests.Unit.Naming;

public sealed class ReceiptCodeTests
{
    private const string Alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

    [Fact]
    public void A_new_code_has_twenty_characters_of_the_alphabet_and_is_valid()
    {
        var codes = Enumerable.Range(0, 1_000).Select(_ => ReceiptCode.New()).ToArray();

        Assert.All(codes, code => Assert.Matches("^[0-9A-HJKMNP-TV-Z]{20}$", code.Text));
        Assert.All(codes, code => Assert.True(ReceiptCode.TryParse(code.Text, out var read) && read == code));
        Assert.Equal(codes.Length, codes.Distinct().Count());
        // Each of the 19 random characters takes each value.
        Assert.All(Enumerable.Range(0, 19), place => Assert.Equal(32, codes.Select(code => code.Text[place]).Distinct().Count()));
    }

    [Fact]
    public void It_is_read_however_it_is_typed()
    {
        var code = Code(seed: 1);
        var typed = code.Text.Replace('0', 'o').Replace('1', 'l');

        Assert.Contains('0', code.Text);
        Assert.Contains('1', code.Text);
        foreach (var text in new[] { $"{code}", $"{code}".ToLowerInvariant(), typed, typed.Replace('l', 'I'), $"  {string.Join(' ', code.Text.Chunk(4).Select(part => new string(part)))}\r\n", code.Text.ToLowerInvariant().Insert(3, "-") })
            Assert.True(ReceiptCode.TryParse(text, out var read) && read == code, text);
        Assert.Matches("^.{5}-.{5}-.{5}-.{5}$", $"{code}");
    }

    [Fact]
    public void Every_wrong_character_and_every_exchange_of_two_is_found()
    {
        var text = Code(seed: 2).Text;
        for (var i = 0; i < text.Length; i++)
        {
            foreach (var other in Alphabet.Where(other => other != text[i]))
                Assert.False(ReceiptCode.TryParse(text[..i] + other + text[(i + 1)..], out _));
            for (var j = 0; j < i; j++)
            {
                var swapped = text.ToCharArray();
                (swapped[i], swapped[j]) = (swapped[j], swapped[i]);
                Assert.Equal(text[i] == text[j], ReceiptCode.TryParse(new string(swapped), out _));
            }
        }
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("----")]
    [InlineData("0000000000000000000")]
    [InlineData("000000000000000000000")]
    [InlineData("0000000000000000000U")]
    [InlineData("0000000000000000000*")]
    [InlineData("00000000000000000000\0")]
    [InlineData("٠0000000000000000000")]
    public void Anything_else_is_no_code(string? text) => Assert.False(ReceiptCode.TryParse(text, out _));

    /// <summary>A code whose characters include what is mistyped.</summary>
    private static ReceiptCode Code(int seed)
    {
        var random = new Random(seed);
        while (true)
        {
            var text = "01" + new string(random.GetItems<char>(Alphabet, 18));
            if (ReceiptCode.TryParse(text, out var code))
                return code;
        }
    }
}
