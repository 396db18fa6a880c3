using System.Buffers.Text;
using System.Text.Json;

namespace SecKill.Bench.Scenarios;

/// <summary>The rows of a list of this program's own coupons, read without a string.</summary>
internal static class CouponRows
{
    public const int PageSize = 20;

    private static ReadOnlySpan<byte> NamePrefix => "coupon-"u8;

    /// <summary>Reads the coupons' numbers and <c>left</c> (-1 if absent) as far as there is room; returns their count.</summary>
    /// <exception cref="JsonException">It is no such list.</exception>
    public static int Read(ReadOnlySpan<byte> body, Span<(int Coupon, long Left)> rows)
    {
        var reader = new Utf8JsonReader(body);
        var count = 0;
        var row = (Coupon: -1, Left: -1L);
        while (reader.Read())
        {
            if (reader.TokenType == JsonTokenType.PropertyName)
            {
                if (reader.ValueTextEquals("name"u8))
                    row.Coupon = reader.Read() && reader.TokenType == JsonTokenType.String ? NumberOf(reader.ValueSpan) : -1;
                else if (reader.ValueTextEquals("left"u8))
                    row.Left = reader.Read() && reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out var left) ? left : -1;
            }
            else if (reader.TokenType == JsonTokenType.EndObject && row.Coupon >= 0)
            {
                if (count < rows.Length)
                    rows[count++] = row;
                row = (-1, -1);
            }
        }
        return count;
    }

    private static int NumberOf(ReadOnlySpan<byte> name) =>
        name.StartsWith(NamePrefix) && Utf8Parser.TryParse(name[NamePrefix.Length..], out int number, out _) ? number : -1;
}
