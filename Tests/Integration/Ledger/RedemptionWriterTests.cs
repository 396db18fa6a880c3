using SecKill.Grains.Interfaces.Redemptions;
using SecKill.Grains.Redemptions;

namespace SecKill.Tests.Integration.Ledger;

/// <summary>What one seller's tills cost those of others at a silo.</summary>
public sealed class RedemptionWriterTests(MySqlSite site) : IClassFixture<MySqlSite>
{
    private static readonly TimeSpan _soon = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task A_locked_coupon_holds_up_no_other_sellers_tills()
    {
        using var writer = new RedemptionWriter(site.NewLedger());
        var (locked, other) = (await SoldAsync(), await SoldAsync());
        var (code, othersCode) = (await CodeAsync(locked), await CodeAsync(other));
        var commit = await site.BeginAsync($"UPDATE coupons SET description = 'locked' WHERE id = {locked.LedgerId}");

        var waiting = writer.RedeemAsync(Wanted(locked.Id.Seller.Value, code));
        var reply = await writer.RedeemAsync(Wanted(other.Id.Seller.Value, othersCode)).WaitAsync(TimeSpan.FromSeconds(4), TestContext.Current.CancellationToken);

        Assert.Equal(RedemptionStatus.Redeemed, reply.Status);
        Assert.False(waiting.IsCompleted);
        await commit();
        Assert.Equal(RedemptionStatus.Redeemed, (await waiting).Status);
    }

    [Fact]
    public async Task Of_one_sellers_redemptions_no_more_wait_than_leaves_room_for_others()
    {
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var writer = new RedemptionWriter(HookedLedger.Of(site.Ledger, _ => gate.Task));

        var replies = Enumerable.Range(0, 3_000).Select(_ => writer.RedeemAsync(Wanted("greedy", ReceiptCode.New().Text))).ToArray();
        var others = writer.RedeemAsync(Wanted("other", ReceiptCode.New().Text));

        Assert.InRange(replies.Count(reply => reply.IsFaulted), 800, 1_000);
        gate.SetResult();
        Assert.Equal(RedemptionStatus.Unknown, (await others).Status);
        foreach (var reply in replies)
        {
            if (reply.IsFaulted)
                await Assert.ThrowsAsync<UnavailableException>(() => reply);
            else
                Assert.Equal(RedemptionStatus.Unknown, (await reply).Status);
        }
    }

    [Fact]
    public async Task Redemptions_that_one_seller_takes_back_take_few_connections_and_leave_some_to_others()
    {
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var calls = 0;
        using var writer = new RedemptionWriter(HookedLedger.Of(site.Ledger, _ =>
        {
            Interlocked.Increment(ref calls);
            return gate.Task;
        }));

        var greedy = Enumerable.Range(0, 200).Select(_ => UndoAsync("greedy")).ToArray();
        await Eventually.EqualAsync("those beyond the line are refused", 134, () => Task.FromResult(greedy.Count(reply => reply.IsFaulted)), _soon);
        Assert.Equal(2, Volatile.Read(ref calls));
        var others = UndoAsync("other");
        await Eventually.EqualAsync("another's is at the ledger", 3, () => Task.FromResult(Volatile.Read(ref calls)), _soon);
        gate.SetResult();

        Assert.Equal(RedemptionStatus.Unknown, (await others).Status);
        Assert.All(await Task.WhenAll(greedy.Where(reply => !reply.IsFaulted)), reply => Assert.Equal(RedemptionStatus.Unknown, reply.Status));
        await Assert.ThrowsAsync<UnavailableException>(() => greedy[^1]);

        Task<RedemptionReply> UndoAsync(string seller) => writer.UndoAsync(ReceiptCode.New().Text, TimeSpan.FromHours(1), Wanted(seller, "").By);
    }

    [Fact]
    public async Task Tills_of_more_sellers_than_are_remembered_are_all_answered()
    {
        using var writer = new RedemptionWriter(site.NewLedger());
        for (var round = 0; round < 2; round++)
        {
            var replies = await Task.WhenAll(Enumerable.Range(0, 1_500).Select(i => writer.RedeemAsync(Wanted($"seller{i}", ReceiptCode.New().Text))));
            Assert.All(replies, reply => Assert.Equal(RedemptionStatus.Unknown, reply.Status));
        }
    }

    private async Task<LedgerCoupon> SoldAsync()
    {
        var coupon = (await site.Ledger.CreateAsync(CouponId.Known(Names.Fresh("seller"), "coupon"), new CouponTerms(1, 5, "")))!;
        Assert.True((await site.Ledger.DrainAsync(coupon.Batch(0, "ann"))).Committed);
        return coupon;
    }

    private async Task<string> CodeAsync(LedgerCoupon coupon) => (await site.Ledger.ReceiptAsync(coupon.Key, "ann"))!.Code!;

    private static Redemption Wanted(string seller, string code) => new(code, "till", null, new RequestMark(seller, null, "redeem", [], null));
}
