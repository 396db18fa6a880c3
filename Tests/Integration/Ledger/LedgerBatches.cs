namespace SecKill.Tests.Integration.Ledger;

/// <summary>Makes coupons of fresh names and batches of claims for them.</summary>
internal static class LedgerBatches
{
    public static async Task<LedgerCoupon> CreateAsync(this ILedger ledger, int amount) =>
        await ledger.CreateAsync(CouponId.Known(Names.Fresh("seller"), "coupon"), new CouponTerms(amount, 5, "text"))
        ?? throw new InvalidOperationException("The name was not fresh.");

    public static DrainBatch Batch(this LedgerCoupon coupon, long position, params string[] users) =>
        new(coupon.Key, coupon.Epoch, position, [.. users.Select((user, i) => new OutboxEntry(1_000 + i, user))]);

    public static async Task<DrainResult> DrainAsync(this ILedger ledger, DrainBatch batch) => (await ledger.DrainAsync([batch]))[0];

    /// <summary>The customers of all claims, returned ones too.</summary>
    public static async Task<IReadOnlyList<string>> OwnerNamesAsync(this ILedger ledger, LedgerKey coupon, string after, int count) =>
        [.. (await ledger.OwnersAsync(coupon, after, count)).Select(owner => owner.User)];

    public static string[] Users(int count, string prefix = "u") => [.. Enumerable.Range(0, count).Select(i => $"{prefix}{i:d5}")];
}
