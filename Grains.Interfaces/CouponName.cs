using System.Diagnostics.CodeAnalysis;

namespace SecKill.Grains.Interfaces;

/// <summary>A coupon's name that satisfies <see cref="NameRules"/>: parsed once at the edge, valid ever after.</summary>
[GenerateSerializer, Immutable, Alias("CouponName")]
public readonly record struct CouponName
{
    /// <summary>In Unicode code points.</summary>
    public const int MaxLength = 60;

    private const string What = "Coupon name";

    private CouponName(string value) => Value = value;

    /// <summary>The name as text.</summary>
    [Id(0)]
    public string Value { get; }

    /// <summary>Parses a name that may belong to a coupon, or tells what is wrong with it. Stricter rules apply to new names.</summary>
    public static bool TryParse(string? text, out CouponName name, [NotNullWhen(false)] out string? fault, bool isNew = false)
    {
        fault = isNew ? NameRules.FindNewNameFault(What, text ?? "", MaxLength) : NameRules.FindNameFault(What, text ?? "", MaxLength);
        name = fault is null ? new CouponName(text!) : default;
        return fault is null;
    }

    /// <summary>A name that was parsed before: from a store or a grain key.</summary>
    public static CouponName Known(string value) => new(value);

    /// <inheritdoc/>
    public override string ToString() => Value;
}
