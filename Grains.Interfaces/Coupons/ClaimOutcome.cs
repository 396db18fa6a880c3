namespace SecKill.Grains.Interfaces.Coupons;

/// <summary>
/// The outcome of one claim. The only such list: the Lua scripts have these numbers written into them when they are loaded, grains and
/// gateways pass them on, HTTP and metrics take their names from here.
/// </summary>
public enum ClaimOutcome : byte
{
    /// <summary>Indeterminate: the claim may have taken effect, or was not tried. Neither a success nor a refusal.</summary>
    Undecided = 0,

    /// <summary>The customer owns a unit now, for ever.</summary>
    Claimed = 1,

    /// <summary>The customer owned a unit before.</summary>
    AlreadyClaimed = 2,

    /// <summary>No unit is left.</summary>
    SoldOut = 3,

    /// <summary>No coupon of that seller and name exists.</summary>
    NoSuchCoupon = 4,

    /// <summary>The sale has not begun.</summary>
    NotStarted = 5,

    /// <summary>The sale has ended.</summary>
    Ended = 6,

    /// <summary>The sale is paused.</summary>
    Paused = 7,

    /// <summary>The customer has given a unit back, and so cannot have another.</summary>
    Returned = 8,

    /// <summary>The customer is in line for a unit.</summary>
    Waiting = 9,
}
