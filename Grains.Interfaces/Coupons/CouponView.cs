namespace SecKill.Grains.Interfaces.Coupons;

/// <summary>A coupon as its stock in Redis is now.</summary>
/// <param name="Name">The coupon's name.</param>
/// <param name="Stock">The face value.</param>
/// <param name="Description">The seller's text.</param>
/// <param name="Amount">Units in all.</param>
/// <param name="Left">Units that can be claimed.</param>
/// <param name="State">The first state that is true.</param>
/// <param name="StartsAt">The first moment of the sale, in microseconds since 1970; null for none.</param>
/// <param name="EndsAt">The first moment after the sale, in microseconds since 1970; null for none.</param>
/// <param name="StartsIn">Microseconds until the start, by the clock of the stock's Redis; null where it has begun.</param>
/// <param name="EndsIn">Microseconds until the end; null where there is none, or it is past.</param>
/// <param name="Version">Of the terms.</param>
/// <param name="Returns">Whether an owner may give the unit back.</param>
/// <param name="ReturnUntil">The first moment in which none is taken back any more, in microseconds since 1970; null for none.</param>
/// <param name="Waitlist">How many customers may wait; 0 for no waiting list.</param>
/// <param name="Waiting">How many wait.</param>
/// <param name="RedeemUntil">The first moment in which no till takes a unit any more, in microseconds since 1970; null for none.</param>
[GenerateSerializer, Immutable]
public sealed record CouponView(
    [property: Id(0)] string Name,
    [property: Id(1)] int Stock,
    [property: Id(2)] string Description,
    [property: Id(3)] int Amount,
    [property: Id(4)] int Left,
    [property: Id(5)] SaleState State,
    [property: Id(6)] long? StartsAt,
    [property: Id(7)] long? EndsAt,
    [property: Id(8)] long? StartsIn,
    [property: Id(9)] long? EndsIn,
    [property: Id(10)] long Version,
    [property: Id(11)] bool Returns = false,
    [property: Id(12)] long? ReturnUntil = null,
    [property: Id(13)] int Waitlist = 0,
    [property: Id(14)] long Waiting = 0,
    [property: Id(15)] long? RedeemUntil = null);

/// <summary>What a sale is at: of several that are true, the first counts.</summary>
public enum SaleState : byte
{
    /// <summary>It has not begun.</summary>
    Scheduled = 0,

    /// <summary>It is over.</summary>
    Ended = 1,

    /// <summary>Its seller, or an operator, has stopped it for now.</summary>
    Paused = 2,

    /// <summary>No unit is left.</summary>
    SoldOut = 3,

    /// <summary>Units can be claimed.</summary>
    Open = 4,
}
