using System.Globalization;
using SecKill.Grains.Interfaces;
using SecKill.Grains.Interfaces.Coupons;

namespace SecKill.Grains.Ledger;

/// <summary>Why a coupon's stock cannot be rebuilt before an operator has put the ledger right.</summary>
internal static class Unrebuildable
{
    /// <summary>The ledger has more claims of it than there are pieces.</summary>
    public static UnavailableException TooManyClaims(CountedCoupon coupon) => new(
        string.Create(
            CultureInfo.InvariantCulture,
            $"Coupon {coupon.Coupon.Id.Key} cannot be rebuilt: the ledger has {coupon.Claims} claims of it and it has {coupon.Coupon.Terms.Amount} pieces. " +
            $"Find the rows that are too many with SELECT username, claimed_at FROM claims WHERE coupon_id = {coupon.Coupon.LedgerId} ORDER BY claimed_at DESC, " +
            $"and delete them, or raise the amount with UPDATE coupons SET amount = {coupon.Claims} WHERE id = {coupon.Coupon.LedgerId}; then rebuild it."),
        isLasting: true);

    /// <summary>The ledger has no row of it, and Redis knows it: nothing of it may be sold, but it is not nothing; there may be owners.</summary>
    public static UnavailableException NotInLedger(CouponId id) => new(
        $"Coupon {id.Key} is in Redis but not in the ledger, which has lost it. It is closed; the silo's command --repair puts it back.",
        isLasting: true);
}
