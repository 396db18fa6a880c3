namespace SecKill.Grains.Interfaces.Coupons;

/// <summary>
/// What became of one claim. The only such list: the Lua scripts have these numbers written into them when they
/// are loaded, the grain and the gateway pass them on, and HTTP and metrics take their names from here.
/// </summary>
public enum ClaimOutcome : byte
{
    /// <summary>Nobody can say whether the claim took effect, or it was not tried. Never a success, never a refusal.</summary>
    Undecided = 0,

    /// <summary>The customer owns a piece now, for ever.</summary>
    Claimed = 1,

    /// <summary>The customer owned a piece before.</summary>
    AlreadyClaimed = 2,

    /// <summary>No piece is left.</summary>
    SoldOut = 3,

    /// <summary>No coupon of that seller and name exists.</summary>
    NoSuchCoupon = 4,
}
