namespace SecKill.Tests.Integration.Guarantees;

/// <summary>Claims that bypass their coupon's grain still have all the grain's effects.</summary>
public sealed class ClaimBatchTests(GrainServers servers) : GrainClusters(servers)
{
    [Fact]
    public async Task Claims_of_many_coupons_in_one_call_are_decided_each_for_itself_and_drained()
    {
        await UseClusterAsync(silos: 1);
        var coupons = await Task.WhenAll(Enumerable.Range(0, 30).Select(_ => CreatedAsync(amount: 12)));
        var silo = await OpenedAsync(coupons);

        for (var round = 0; round < 4; round++)
        {
            // Each round claims again for the customers of the round before.
            var claims = coupons.Select((coupon, i) => Claims(coupon, [.. Enumerable.Range(round, 2 + i % 3).Select(n => $"customer-{n}")])).ToArray();
            var replies = await Batches(silo).Claim(claims);
            Assert.All(replies.Zip(claims), pair => Assert.Equal(
                pair.Second.Batch.Users.Select((_, n) => round > 0 && n < pair.Second.Batch.Users.Length - 1 ? ClaimOutcome.AlreadyClaimed : ClaimOutcome.Claimed),
                pair.First.Outcomes));
        }

        for (var i = 0; i < coupons.Length; i++)
        {
            // The opener, then all winners from the first round to the last.
            string[] owners = ["opener", .. Enumerable.Range(0, 3 + 2 + i % 3).Select(n => $"customer-{n}")];
            var coupon = coupons[i];
            await Eventually.EqualAsync("drained", (owners.Length, 0, 12L - owners.Length), () => LedgerAsync(coupon, owners), Drained);
        }
    }

    [Fact]
    public async Task When_the_pieces_run_out_the_grain_takes_over_and_gives_its_lease()
    {
        await UseClusterAsync(silos: 1);
        var coupon = await CreatedAsync(amount: 3);
        var silo = await OpenedAsync(coupon);

        var reply = Assert.Single(await Batches(silo).Claim([Claims(coupon, "anna", "bert", "carl", "anna")]));
        Assert.Equal([ClaimOutcome.Claimed, ClaimOutcome.Claimed, ClaimOutcome.SoldOut, ClaimOutcome.AlreadyClaimed], reply.Outcomes);

        await Eventually.EqualAsync("a lease is given", true, async () =>
        {
            var refusal = Assert.Single(await Batches(silo).Claim([Claims(coupon, "dora")]));
            Assert.Equal([ClaimOutcome.SoldOut], refusal.Outcomes);
            return refusal.Refusal?.Filter is { } owners && owners.MayContain("anna") && owners.MayContain("opener");
        }, Drained);
    }

    [Fact]
    public async Task Stock_that_is_lost_is_rebuilt_and_the_claims_that_found_it_lost_are_decided()
    {
        await UseClusterAsync(silos: 1);
        var coupons = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => CreatedAsync(amount: 5)));
        var silo = await OpenedAsync(coupons);
        foreach (var coupon in coupons)
            await Eventually.EqualAsync("drained", (1, 0, 4L), () => LedgerAsync(coupon, ["opener"]), Drained);

        await FlushAsync();
        var replies = await Batches(silo).Claim([.. coupons.Select(coupon => Claims(coupon, "opener", "anna"))]);

        Assert.All(replies, reply => Assert.Equal([ClaimOutcome.AlreadyClaimed, ClaimOutcome.Claimed], reply.Outcomes));
        foreach (var coupon in coupons)
            await Eventually.EqualAsync("drained", (2, 0, 3L), () => LedgerAsync(coupon, ["opener", "anna"]), Drained);
    }

    [Fact]
    public async Task A_call_holds_coupons_that_do_not_exist_or_are_not_active_beside_others()
    {
        await UseClusterAsync(silos: 1);
        var (open, idle) = (await CreatedAsync(amount: 2), await CreatedAsync(amount: 1));
        var silo = await OpenedAsync(open);

        var replies = await Batches(silo).Claim(
            [Claims(CouponId.Known("nobody", "nothing"), "anna", "bert"), Claims(open, "anna"), Claims(idle, "anna", "bert")]);

        Assert.Equal([ClaimOutcome.NoSuchCoupon, ClaimOutcome.NoSuchCoupon], replies[0].Outcomes);
        Assert.Equal([ClaimOutcome.Claimed], replies[1].Outcomes);
        Assert.Equal([ClaimOutcome.Claimed, ClaimOutcome.SoldOut], replies[2].Outcomes);
    }

    [Fact]
    public async Task Claims_that_Redis_does_not_answer_are_undecided_and_sold_again_afterwards()
    {
        await UseClusterAsync(silos: 1);
        var coupon = await CreatedAsync(amount: 5);
        var silo = await OpenedAsync(coupon);

        await Redis.SignalAsync("STOP");
        try
        {
            Assert.Equal([ClaimOutcome.Undecided], Assert.Single(await Batches(silo).Claim([Claims(coupon, "anna")])).Outcomes);
        }
        finally
        {
            await Redis.SignalAsync("CONT");
        }

        await Eventually.EqualAsync("she owns a piece", true, async () =>
            (await Batches(silo).Claim([Claims(coupon, "anna")]))[0].Outcomes is [ClaimOutcome.Claimed or ClaimOutcome.AlreadyClaimed], Drained);
        await Eventually.EqualAsync("drained", (2, 0, 3L), () => LedgerAsync(coupon, ["opener", "anna"]), Drained);
    }

    [Fact]
    public async Task A_silo_that_is_no_member_of_the_cluster_is_said_to_be_gone_as_often_as_it_is_asked()
    {
        await UseClusterAsync(silos: 1);
        for (var i = 0; i < 3; i++)
            await Assert.ThrowsAsync<SiloGoneException>(() => Batches("S127.0.0.1:9:1").Claim([]));
    }

    private static CouponClaims Claims(CouponId coupon, params string[] users) => new(coupon.Key, new ClaimBatch(users, null));

    private IClaimBatchGrain Batches(string silo) => Clusters[0].Client.GetGrain<IClaimBatchGrain>(silo);

    /// <summary>One claim by each coupon's grain, after which the batch grain may do without it.</summary>
    /// <returns>The batch grain's key.</returns>
    private async Task<string> OpenedAsync(params CouponId[] coupons)
    {
        var replies = await Task.WhenAll(coupons.Select(coupon =>
            Clusters[0].Client.GetGrain<ICouponGrain>(coupon.Key).Claim(new ClaimBatch(["opener"], null))));
        Assert.All(replies, reply => Assert.Equal([ClaimOutcome.Claimed], reply.Outcomes));
        return replies[0].Silo!;
    }
}
