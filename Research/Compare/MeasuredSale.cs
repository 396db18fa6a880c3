using System.Globalization;
using System.Text;

namespace SecKill.Research.Compare;

/// <summary>A seller's coupons for one measurement. Names have a fixed width, so that requests can be made by overwriting bytes.</summary>
/// <param name="Scenario">The scenario.</param>
/// <param name="Number">The measurement's number; each has its own seller and users.</param>
internal sealed record MeasuredSale(ComparedScenario Scenario, int Number)
{
    /// <summary>Characters of every coupon's name.</summary>
    public const int CouponWidth = 5;

    /// <summary>The seller's user name.</summary>
    public string Name { get; } = $"seller{Number:x4}";

    /// <summary>The coupons' names.</summary>
    public IEnumerable<string> Coupons => Enumerable.Range(0, Scenario.Coupons).Select(CouponAt);

    /// <summary>Writes the name of the coupon at a position, ASCII.</summary>
    public static void WriteCoupon(int position, Span<byte> name)
    {
        name[0] = (byte)'c';
        position.TryFormat(name[1..], out _, "d4", CultureInfo.InvariantCulture);
    }

    private static string CouponAt(int position)
    {
        Span<byte> name = stackalloc byte[CouponWidth];
        WriteCoupon(position, name);
        return Encoding.ASCII.GetString(name);
    }
}
