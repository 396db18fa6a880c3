using SecKill.Grains.Interfaces.Stops;

namespace SecKill.Gateway.Operators;

/// <summary>What is stopped.</summary>
/// <param name="ErrMsg">Empty on success.</param>
/// <param name="Data">All stops that are set.</param>
internal sealed record StopsAnswer(string ErrMsg, IReadOnlyList<StopItem> Data)
{
    public static Reply Sample { get; } = new(StatusCodes.Status200OK, new StopsAnswer("", [new StopItem(StopScope.Coupon, "bob", "breakfast"), new StopItem(StopScope.All, null, null)]));

    public static StopsAnswer Of(SaleStop[] stops) => new("", Array.ConvertAll(stops, StopItem.Of));
}

/// <summary>An operators' stop.</summary>
/// <param name="Scope">What it is of.</param>
/// <param name="Seller">The seller; missing for everything.</param>
/// <param name="Coupon">The coupon; missing for all of the seller's.</param>
internal sealed record StopItem(StopScope Scope, string? Seller, string? Coupon)
{
    public static StopItem Of(SaleStop stop) => stop switch
    {
        { Seller: "" } => new(StopScope.All, null, null),
        { Coupon: "" } => new(StopScope.Seller, stop.Seller, null),
        _ => new(StopScope.Coupon, stop.Seller, stop.Coupon),
    };
}

/// <summary>What a stop is of.</summary>
internal enum StopScope
{
    /// <summary>One coupon.</summary>
    Coupon,

    /// <summary>All coupons of a seller, later ones too.</summary>
    Seller,

    /// <summary>Everything.</summary>
    All,
}
