using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using SecKill.Grains.Interfaces.Redemptions;

namespace SecKill.Gateway.Redemptions;

/// <summary>A code that a till has read.</summary>
internal sealed record RedemptionBody(
    [property: Description("As it was typed or scanned: case, spaces and dashes do not matter, nor O for 0 and I or L for 1."), Required] string? Code = null,
    [property: Description("Which till, in the seller's words."), MinLength(1), MaxLength(Redemption.MaxDeviceLength), Required] string? Device = null,
    [property: Description("When the till read it, by its own clock, in milliseconds since 1970. It decides nothing, and is kept.")] decimal? At = null,
    [property: Description("In a batch, where it is needed: the item's own key, as `Idempotency-Key` is that of a single redemption, and the same one if the till has sent the code alone before."), MinLength(1), MaxLength(64)] string? Key = null) : IBodyForm
{
    public static IReadOnlyDictionary<string, object> Examples { get; } = new Dictionary<string, object> { ["till"] = new RedemptionBody("7Z0K4-G9C2M-XQ5B8-W3TV5", "till 1", 1_795_701_276_288) };
}

/// <summary>Codes that a till has read while it was offline.</summary>
internal sealed class RedemptionBatchBody : List<RedemptionBody?>, IBodyForm
{
    public static IReadOnlyDictionary<string, object> Examples { get; } = new Dictionary<string, object>
    {
        ["offline"] = new[] { new RedemptionBody("7Z0K4-G9C2M-XQ5B8-W3TV5", "till 1", 1_795_701_276_288, "5f0c2b9e"), new RedemptionBody("00000000000000000000", "till 1", 1_795_701_279_001, "5f0c2b9f") },
    };

    /// <summary>Five hundred items with the longest names, escaped.</summary>
    public static int MaxBytes => 512 * 1024;
}
