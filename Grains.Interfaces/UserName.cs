using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace SecKill.Grains.Interfaces;

/// <summary>
/// A user name that satisfies <see cref="NameRules"/>: parsed once at the edge, valid ever after. Batches of claims carry
/// <see cref="Value"/> instead, since a struct a claim costs two bytes and a serializer call more than the string.
/// </summary>
[GenerateSerializer, Immutable, Alias("UserName")]
public readonly record struct UserName
{
    /// <summary>In Unicode code points.</summary>
    public const int MaxLength = 20;

    private const string What = "User name";

    private UserName(string value) => Value = value;

    /// <summary>The name as text.</summary>
    [Id(0)]
    public string Value { get; }

    /// <summary>
    /// The grain key: the name percent-encoded, so that storage sees plain ASCII and tells case apart. No key reads as a hexadecimal
    /// number, since Orleans' ADO.NET grain storage (10.4, <c>GrainIdAndExtensionAsString</c>) keeps such a key as the number:
    /// <c>ada</c>, <c>Ada</c> and <c>0ada</c> would be one account. Of such a name the first character is percent-encoded too.
    /// </summary>
    public string Key
    {
        get
        {
            var key = Uri.EscapeDataString(Value);
            return TryReadNumber(out _) ? string.Create(CultureInfo.InvariantCulture, $"%{(int)key[0]:X2}{key[1..]}") : key;
        }
    }

    /// <summary>Parses a name that may belong to an account.</summary>
    public static bool TryParse(string? text, out UserName name) => TryParse(text, out name, out _);

    /// <summary>Parses a name that may belong to an account, or tells what is wrong with it. Stricter rules apply to new names.</summary>
    public static bool TryParse(string? text, out UserName name, [NotNullWhen(false)] out string? fault, bool isNew = false)
    {
        fault = isNew ? NameRules.FindNewNameFault(What, text ?? "", MaxLength) : NameRules.FindNameFault(What, text ?? "", MaxLength);
        name = fault is null ? new UserName(text!) : default;
        return fault is null;
    }

    /// <summary>A name that was parsed before: from a store, a batch of claims, or a token with a valid signature.</summary>
    public static UserName Known(string value) => new(value);

    /// <summary>The name in a grain key.</summary>
    public static UserName FromKey(string key) => new(Uri.UnescapeDataString(key));

    /// <summary>Whether the name reads as a number, and as which: schema versions below 4 kept its account under that.</summary>
    public bool TryReadNumber(out long number) =>
        long.TryParse(Value, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out number);

    /// <inheritdoc/>
    public override string ToString() => Value;
}
