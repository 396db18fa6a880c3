namespace SecKill.Grains.Ledger;

/// <summary>Faults of the ledger that an operator must repair before a coupon's stock can be rebuilt.</summary>
internal static class Unrebuildable
{
    /// <summary>The ledger has more claims of it than there are units.</summary>
    public static UnavailableException TooManyClaims(LedgerCoupon coupon) => new(
        string.Create(
            CultureInfo.InvariantCulture,
            $"Coupon {coupon.Id.Key} cannot be rebuilt: the ledger has {coupon.Kept} claims of it and it has {coupon.Terms.Amount} units. " +
            $"Find the rows that are too many with SELECT username, claimed_at FROM claims WHERE coupon_id = {coupon.LedgerId} ORDER BY claimed_at DESC, " +
            $"and delete them, or raise the amount with UPDATE coupons SET amount = {coupon.Kept} WHERE id = {coupon.LedgerId}; then rebuild it."),
        isLasting: true);

    /// <summary>The coupon was stopped in Redis at later terms than the ledger has: that has lost changes.</summary>
    public static UnavailableException VersionBehind(CouponId id) => new(
        $"Coupon {id.Key} cannot be rebuilt: Redis knows of later changes of its terms than the ledger has. It is closed; the silo's command --repair puts them back.",
        isLasting: true);

    /// <summary>Redis has the coupon and the ledger has no row: it stays closed, since there may be owners.</summary>
    public static UnavailableException NotInLedger(CouponId id) => new(
        $"Coupon {id.Key} is in Redis but not in the ledger, which has lost it. It is closed; the silo's command --repair puts it back.",
        isLasting: true);
}
