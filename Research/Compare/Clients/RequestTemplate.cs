using System.Text;

namespace SecKill.Research.Compare.Clients;

/// <summary>A request with places of fixed width that each user overwrites. A place that it does not have is -1.</summary>
/// <param name="Text">The whole request, as sent but for the places.</param>
/// <param name="UserAt">Where the user's name goes.</param>
/// <param name="CouponAt">Where the coupon's name goes.</param>
/// <param name="TokenAt">Where the token goes.</param>
internal sealed record RequestTemplate(string Text, int UserAt, int CouponAt, int TokenAt)
{
    // Neither occurs in anything else that is sent.
    private const char User = '\u0001';
    private const char Coupon = '\u0002';
    private const char Token = '\u0003';

    /// <summary>The request of a step. Every target gets the same bytes, nginx too.</summary>
    public static RequestTemplate Of(Step step, MeasuredSale sale, int tokenWidth)
    {
        var line = step switch
        {
            Step.Claim => $"PATCH /api/users/{sale.Name}/coupons/{Place(Coupon, MeasuredSale.CouponWidth)}",
            Step.ListOwn => $"GET /api/users/{Place(User, UserFile.NameWidth)}/coupons",
            Step.ListSeller => $"GET /api/users/{sale.Name}/coupons",
            _ => throw new ArgumentOutOfRangeException(nameof(step)),
        };
        // Without Content-Length, nginx and Kestrel take a PATCH as one without a body.
        var text = $"{line} HTTP/1.1\r\nHost: seckill\r\nAuthorization: Bearer {Place(Token, tokenWidth)}\r\n\r\n";
        return new RequestTemplate(
            text.Replace(User, '_').Replace(Coupon, '_').Replace(Token, '_'), text.IndexOf(User), text.IndexOf(Coupon), text.IndexOf(Token));
    }

    public byte[] ToBytes() => Encoding.ASCII.GetBytes(Text);

    private static string Place(char mark, int width) => new(mark, width);
}
