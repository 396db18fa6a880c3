namespace SecKill.Grains.Interfaces.Coupons;

/// <summary>
/// The outcome of joining or leaving a waiting list. As with <see cref="ClaimOutcome"/>, the Lua scripts have these numbers written in.
/// </summary>
public enum WaitOutcome : byte
{
    /// <summary>Indeterminate: it may have taken effect, or was not tried.</summary>
    Undecided = 0,

    /// <summary>The customer is in line now.</summary>
    Joined = 1,

    /// <summary>The customer was in line before.</summary>
    Waiting = 2,

    /// <summary>The customer is not in line, or not any more.</summary>
    Left = 3,

    /// <summary>The customer owns a unit.</summary>
    AlreadyClaimed = 4,

    /// <summary>The customer has given a unit back, and so cannot have another.</summary>
    Returned = 5,

    /// <summary>As many wait as may.</summary>
    Full = 6,

    /// <summary>Units are left to claim, or the sale has not begun.</summary>
    NotSoldOut = 7,

    /// <summary>The sale has ended.</summary>
    Ended = 8,

    /// <summary>The coupon has no waiting list.</summary>
    NoWaitlist = 9,

    /// <summary>No coupon of that seller and name exists.</summary>
    NoSuchCoupon = 10,
}
