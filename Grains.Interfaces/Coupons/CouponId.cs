using System.Diagnostics.CodeAnalysis;

namespace SecKill.Grains.Interfaces.Coupons;

/// <summary>A coupon is identified by its seller and its name: two sellers may use one name.</summary>
[GenerateSerializer, Immutable]
public readonly record struct CouponId([property: Id(0)] UserName Seller, [property: Id(1)] CouponName Name)
{
    /// <summary>
    /// The grain key and the Redis hash tag: <c>seller/name</c>, each part percent-encoded, so that no character
    /// of a name (<c>/</c>, <c>{}</c>, <c>:</c>) can be mistaken for structure.
    /// </summary>
    public string Key => $"{Uri.EscapeDataString(Seller.Value)}/{Uri.EscapeDataString(Name.Value)}";

    /// <summary>Parses names that may belong to a coupon.</summary>
    public static bool TryParse(string? seller, string? name, out CouponId id) => TryParse(seller, name, out id, out _);

    /// <summary>Parses names that may belong to a coupon, or tells what is wrong with one of them.</summary>
    public static bool TryParse(string? seller, string? name, out CouponId id, [NotNullWhen(false)] out string? fault)
    {
        CouponName coupon = default;
        id = UserName.TryParse(seller, out var user, out fault) && CouponName.TryParse(name, out coupon, out fault) ? new CouponId(user, coupon) : default;
        return fault is null;
    }

    /// <summary>Names that were parsed before: from a store.</summary>
    public static CouponId Known(string seller, string name) => new(UserName.Known(seller), CouponName.Known(name));

    /// <summary>Reads what <see cref="Key"/> wrote.</summary>
    /// <exception cref="FormatException">The key has no <c>/</c>.</exception>
    public static CouponId Parse(string key)
    {
        ArgumentNullException.ThrowIfNull(key);
        var slash = key.IndexOf('/', StringComparison.Ordinal);
        return slash < 0
            ? throw new FormatException($"'{key}' is no coupon key.")
            : Known(Uri.UnescapeDataString(key[..slash]), Uri.UnescapeDataString(key[(slash + 1)..]));
    }
}
