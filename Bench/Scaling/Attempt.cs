namespace SecKill.Bench.Scaling;

/// <summary>One customer's claim; times are those of the <see cref="Load.Clock"/>.</summary>
/// <param name="Coupon">What is claimed.</param>
/// <param name="User">By whom.</param>
internal readonly record struct Attempt(CouponOnSale Coupon, long User)
{
    /// <summary>When it was sent; 0 while it was not.</summary>
    public long Sent { get; init; }

    /// <summary>When the same claim was first sent, of which nobody knows what became; 0 where there is none.</summary>
    public long UndecidedSince { get; init; }

    /// <summary>Whether it was tried before without being decided.</summary>
    public bool IsRetry => UndecidedSince != 0;

    /// <summary>The same claim once more, after this one was not decided.</summary>
    public Attempt Again() => new(Coupon, User) { UndecidedSince = IsRetry ? UndecidedSince : Sent };
}
