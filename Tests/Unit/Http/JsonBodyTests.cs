using System.Text;
using SecKill.Gateway.Coupons;
using SecKill.Gateway.Http;

namespace SecKill.Tests.Unit.Http;

/// <summary>Whole numbers are taken however JSON writes them, and nothing else is.</summary>
public sealed class JsonBodyTests
{
    [Theory]
    [InlineData("20", 20)]
    [InlineData("20.0", 20)]
    [InlineData("2e1", 20)]
    [InlineData("2E+1", 20)]
    [InlineData("0.2e2", 20)]
    [InlineData("2000e-2", 20)]
    [InlineData("20.000000000000000000000000000000000000000", 20)]
    [InlineData("-20.0", -20)]
    [InlineData("-0.0", 0)]
    [InlineData("0e99999999999999999999", 0)]
    [InlineData("1e00000000000000000000000000001", 10)]
    [InlineData("2147483647.0", int.MaxValue)]
    [InlineData("-2147483648.0", int.MinValue)]
    public void A_whole_number(string text, int value) => Assert.Equal(value, Parsed(text)!.Amount);

    [Theory]
    [InlineData("20.5")]
    [InlineData("2e-1")]
    [InlineData("25e-1")]
    [InlineData("20.00000000000000000000000000000000000001")]
    [InlineData("1e-99999999999999999999")]
    [InlineData("1e99999999999999999999")]
    [InlineData("1e2147483647")]
    [InlineData("1e400")]
    [InlineData("2147483648.0")]
    [InlineData("-2147483649.0")]
    [InlineData("99999999999999999999.0")]
    public void A_fraction_or_a_number_out_of_range(string text) => Assert.Null(Parsed(text)!.Amount);

    [Theory]
    [InlineData("\"20\"")]
    [InlineData("true")]
    [InlineData("{}")]
    [InlineData("020")]
    public void No_number(string text) => Assert.Null(Parsed(text));

    private static CouponBody? Parsed(string amount) => JsonBody.Parse<CouponBody>(Encoding.UTF8.GetBytes($$"""{"name":"c","amount":{{amount}},"stock":1}"""));
}
