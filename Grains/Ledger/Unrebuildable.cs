using SecKill.Grains.Recovery;

namespace SecKill.Grains.Ledger;

/// <summary>Faults of the ledger that an operator must repair before a coupon's stock can be rebuilt.</summary>
internal static class Unrebuildable
{
    /// <summary>The ledger has more claims of it than there are units.</summary>
    public static UnavailableException TooManyClaims(LedgerCoupon coupon) => new(
        string.Create(
            CultureInfo.InvariantCulture,
            $"Coupon {coupon.Id.Key} cannot be rebuilt: the ledger has {coupon.Kept} claims of it and it has {coupon.Terms.Amount} units. " +
            $"Find the rows that are too many with SELECT username, claimed_at FROM claims WHERE coupon_id = {coupon.LedgerId} AND returned_at IS NULL AND redeemed_at IS NULL ORDER BY claimed_at DESC, " +
            $"and delete them, with their rows in codes, or raise the amount with UPDATE coupons SET amount = {coupon.Kept} WHERE id = {coupon.LedgerId}; then rebuild it."),
        isLasting: true);

    /// <summary>The coupon was stopped in Redis at later terms than the ledger has: that has lost changes.</summary>
    public static UnavailableException VersionBehind(CouponId id) => new(
        $"Coupon {id.Key} cannot be rebuilt: Redis knows of later changes of its terms than the ledger has. It is closed; the silo's command --repair puts them back.",
        isLasting: true);

    /// <summary>Redis has later terms than the ledger, which has more claims than these have units.</summary>
    public static UnavailableException TermsTooLow(LedgerCoupon coupon, TermsInRedis later) => new(
        string.Create(
            CultureInfo.InvariantCulture,
            $"Coupon {coupon.Id.Key} cannot be rebuilt: its seller lowered its amount to {later.Terms?.Amount} (version {later.Version}, which the ledger has lost), and the ledger has {coupon.Kept} claims of it. " +
            $"Find the rows that are too many with SELECT username, claimed_at FROM claims WHERE coupon_id = {coupon.LedgerId} AND returned_at IS NULL AND redeemed_at IS NULL ORDER BY claimed_at DESC, " +
            $"and delete them, with their rows in codes, or raise the version with UPDATE coupons SET version = {later.Version} WHERE id = {coupon.LedgerId} to keep the {coupon.Terms.Amount} units; then rebuild it."),
        isLasting: true);

    /// <summary>Redis has the coupon and the ledger has no row: it stays closed, since there may be owners.</summary>
    public static UnavailableException NotInLedger(CouponId id) => new(
        $"Coupon {id.Key} is in Redis but not in the ledger, which has lost it. It is closed; the silo's command --repair puts it back.",
        isLasting: true);
}
