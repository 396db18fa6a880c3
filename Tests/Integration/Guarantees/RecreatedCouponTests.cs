namespace SecKill.Tests.Integration.Guarantees;

/// <summary>A coupon whose ledger row and Redis data are both lost is created again, while the activation of the earlier one lives.</summary>
public sealed class RecreatedCouponTests(GrainServers servers) : GrainClusters(servers)
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task It_sells_and_its_claims_survive_the_next_loss_of_Redis(bool wasRebuilt)
    {
        const int amount = 3;
        await UseClusterAsync(silos: 1);
        var coupon = await CreatedAsync(amount);
        var grain = Clusters[0].Client.GetGrain<ICouponGrain>(coupon.Key);
        if (wasRebuilt)
            Assert.True(await grain.Rebuild());
        string[] earlier = [.. Enumerable.Range(0, amount).Select(_ => Names.Fresh("earlier"))];
        Assert.All(await ClaimAsync(grain, earlier), outcome => Assert.Equal(ClaimOutcome.Claimed, outcome));
        await Eventually.EqualAsync("the ledger holds the earlier claims", (amount, 0, 0L), () => LedgerAsync(coupon, earlier), Drained);

        var row = (await Ledger.FindAsync(coupon))!;
        await ExecuteAsync($"DELETE FROM claims WHERE coupon_id = {row.LedgerId}");
        await ExecuteAsync($"DELETE FROM coupons WHERE id = {row.LedgerId}");
        await FlushAsync();
        Assert.Equal(CreateCouponOutcome.Created, await grain.Create(new CouponTerms(amount, 5, "")));

        string[] winners = [.. Enumerable.Range(0, amount).Select(_ => Names.Fresh("winner"))];
        // So that the next loss finds them in no store.
        await MySql.SetReadOnlyAsync(true);
        Assert.All(await ClaimAsync(grain, winners), outcome => Assert.Equal(ClaimOutcome.Claimed, outcome));
        await FlushAsync();
        await MySql.SetReadOnlyAsync(false);
        await Eventually.EqualAsync("the winners still own their units", ClaimOutcome.AlreadyClaimed, async () => (await ClaimAsync(grain, winners[0]))[0], Drained);
        Assert.All(await ClaimAsync(grain, winners), outcome => Assert.Equal(ClaimOutcome.AlreadyClaimed, outcome));
    }

    private static async Task<ClaimOutcome[]> ClaimAsync(ICouponGrain grain, params string[] users) => (await grain.Claim(new ClaimBatch(users, null))).Outcomes;
}
