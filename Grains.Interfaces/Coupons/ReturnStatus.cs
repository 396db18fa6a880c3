namespace SecKill.Grains.Interfaces.Coupons;

/// <summary>What became of a return. What is not known is an exception.</summary>
public enum ReturnStatus : byte
{
    /// <summary>The unit is given back, now or before.</summary>
    Returned,

    /// <summary>There is no such coupon.</summary>
    NoSuchCoupon,

    /// <summary>Neither store knows of a unit of this customer.</summary>
    NoClaim,

    /// <summary>The coupon takes no returns.</summary>
    NotAllowed,

    /// <summary>It takes none any more.</summary>
    TooLate,

    /// <summary>The unit was redeemed.</summary>
    Redeemed,
}
