namespace SecKill.Grains.Interfaces.Coupons;

/// <summary>A coupon is identified by its seller and its name: two sellers may use one name.</summary>
/// <param name="Seller">The seller's user name.</param>
/// <param name="Name">The coupon's name.</param>
[GenerateSerializer, Immutable]
public readonly record struct CouponId([property: Id(0)] string Seller, [property: Id(1)] string Name)
{
    /// <summary>
    /// The grain key and the Redis hash tag: <c>seller/name</c>, each part percent-encoded, so that no character
    /// of a name (<c>/</c>, <c>{}</c>, <c>:</c>) can be mistaken for structure.
    /// </summary>
    public string Key => $"{Uri.EscapeDataString(Seller)}/{Uri.EscapeDataString(Name)}";

    /// <summary>Reads what <see cref="Key"/> wrote.</summary>
    /// <exception cref="FormatException">The key has no <c>/</c>.</exception>
    public static CouponId Parse(string key)
    {
        ArgumentNullException.ThrowIfNull(key);
        var slash = key.IndexOf('/', StringComparison.Ordinal);
        return slash < 0
            ? throw new FormatException($"'{key}' is no coupon key.")
            : new CouponId(Uri.UnescapeDataString(key[..slash]), Uri.UnescapeDataString(key[(slash + 1)..]));
    }
}
