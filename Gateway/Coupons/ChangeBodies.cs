using System.ComponentModel;
using System.Text.Json.Serialization;

namespace SecKill.Gateway.Coupons;

/// <summary>A pause.</summary>
internal sealed record PauseBody(
    [property: Description("Why, for the record of operations: at most 200 characters.")] string? Reason = null) : IBodyForm
{
    /// <summary>In Unicode code points.</summary>
    public const int MaxReasonLength = 200;

    public static IReadOnlyDictionary<string, object> Examples { get; } = new Dictionary<string, object> { ["price"] = new PauseBody("The price is wrong.") };
}

/// <summary>Another amount.</summary>
internal sealed record AmountBody : IBodyForm
{
    // No parameter: a missing one is told as a wrong one is.
    [Description("How many units there shall be; `sold` for as many as are owned.")]
    public JsonElement Amount { get; init; }

    public static IReadOnlyDictionary<string, object> Examples { get; } = new Dictionary<string, object>
    {
        ["more"] = new AmountBody { Amount = JsonSerializer.SerializeToElement(40) },
        ["close"] = new AmountBody { Amount = JsonSerializer.SerializeToElement("sold") },
    };
}

/// <summary>Another window.</summary>
internal sealed record WindowBody : IBodyForm
{
    // No parameters: the document cannot show the default of one, and null is not the same as missing.
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    [Description("When the sale starts, in milliseconds since 1970; `null` for at once. Missing: as it is.")]
    public JsonElement StartsAt { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    [Description("When it ends; `null` for never, `now` for at once. Missing: as it is.")]
    public JsonElement EndsAt { get; init; }

    public static IReadOnlyDictionary<string, object> Examples { get; } = new Dictionary<string, object>
    {
        ["evening"] = new Dictionary<string, object?> { ["startsAt"] = 1_798_761_600_000, ["endsAt"] = null },
        ["end"] = new Dictionary<string, object?> { ["endsAt"] = "now" },
    };
}
