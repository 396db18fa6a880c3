using SecKill.Grains.Interfaces.Redemptions;

namespace SecKill.Grains.Claims;

/// <content>Receipts, which the ledger gives.</content>
internal sealed partial class CouponGrain
{
    public async Task<ReceiptReply> Receipt(UserName customer)
    {
        if (await ledger.FindAsync(_id) is not { } row)
        {
            DeactivateUnlessSelling();
            return new ReceiptReply(ReceiptStatus.NoSuchCoupon);
        }
        if (await ledger.ReceiptAsync(row.Key, customer.Value) is { } found)
        {
            return found.ReturnedAt is null
                ? new ReceiptReply(ReceiptStatus.Given, found.Code, found.ClaimedAt, row.Terms.FaceValue, row.Terms.RedeemUntil, found.RedeemedAt)
                : new ReceiptReply(ReceiptStatus.Returned);
        }
        // Redis after the ledger: an owner whom it has, and the ledger had not, is on the way.
        if (!await VerifiedSoonAsync())
            return new ReceiptReply(ReceiptStatus.NoSuchCoupon);
        if ((await _stock.NonOwnersAsync([customer.Value])).Count > 0)
            return new ReceiptReply(ReceiptStatus.NotOwned);
        // No relay of its own: many who ask during a sale would relay without a pause, a claim or two each time.
        ScheduleRelay(_options.DrainInterval);
        return new ReceiptReply(ReceiptStatus.NotYet);
    }
}
