namespace SecKill.Bench.Scaling;

/// <summary>A customer's claim; times are those of the <see cref="Load.Clock"/>.</summary>
/// <param name="Coupon">The coupon.</param>
/// <param name="User">The customer.</param>
internal readonly record struct Attempt(CouponOnSale Coupon, long User)
{
    /// <summary>When it was sent; 0 while it was not.</summary>
    public long Sent { get; init; }

    /// <summary>When this claim was first sent with an undecided result; 0 if never.</summary>
    public long UndecidedSince { get; init; }

    /// <summary>Whether it was tried before without being decided.</summary>
    public bool IsRetry => UndecidedSince != 0;

    /// <summary>The same claim once more, after this one was not decided.</summary>
    public Attempt Again() => new(Coupon, User) { UndecidedSince = IsRetry ? UndecidedSince : Sent };
}
