namespace SecKill.Tests.Integration.Stock;

/// <summary>Reconciling concurrently with other reconcilers, relays and claims.</summary>
public abstract class ReconcilerRaceTests(StockSite site, LedgerSite ledgerSite)
{
    private static readonly string[] _drained = ["d0", "d1"];
    private static readonly string[] _waiting = ["w0", "w1", "w2"];
    private static readonly string[] _everybody = [.. _drained, .. _waiting];

    private ILedger Ledger => ledgerSite.Ledger;

    [Fact]
    public async Task While_one_reconciles_nobody_else_claims_drains_or_reconciles()
    {
        var coupon = await SellAsync();
        var gated = new GatedLedger(Ledger);
        var first = coupon.ReconcileAsync(gated.Ledger);
        await gated.Reached;
        await coupon.Probe.ExtendLeaseAsync();

        Assert.Equal(StockState.Closed, (await coupon.Probe.Stock.ClaimAsync(["late"])).State);
        Assert.Equal(StockState.Closed, (await coupon.Probe.Stock.PeekAsync(1)).State);
        Assert.False(await coupon.Probe.Stock.AcknowledgeAsync(0, 2, 1));
        await using var otherSilo = await site.ConnectAsync();
        await Assert.ThrowsAsync<UnavailableException>(() => coupon.ReconcileAsync(server: otherSilo));

        gated.Release();
        Assert.True(await first);
        await coupon.CheckReconciledAsync(_everybody);
    }

    [Fact]
    public async Task A_reconciler_that_died_half_way_blocks_until_its_lease_ends_and_not_longer()
    {
        var coupon = await SellAsync();
        var gated = new GatedLedger(Ledger);
        gated.Fail(new InvalidProgramException("The process ends here."));
        await Assert.ThrowsAsync<InvalidProgramException>(() => coupon.ReconcileAsync(gated.Ledger));
        Assert.InRange((await coupon.Probe.FieldAsync("lease"))!.Value, 0, DateTimeOffset.UtcNow.AddSeconds(15).ToUnixTimeMilliseconds() * 1000);
        await coupon.Probe.ExtendLeaseAsync();
        await Assert.ThrowsAsync<UnavailableException>(() => coupon.ReconcileAsync());

        await coupon.Probe.ExpireLeaseAsync();
        Assert.Equal(StockState.Unverified, await coupon.Probe.StateAsync());

        Assert.True(await coupon.ReconcileAsync());
        await coupon.CheckReconciledAsync(_everybody);
    }

    [Fact]
    public async Task A_reconciler_that_failed_for_want_of_the_ledger_leaves_the_coupon_closed_but_free_for_the_next()
    {
        var coupon = await SellAsync();
        var gated = new GatedLedger(Ledger);
        gated.Fail(new UnavailableException("The database is gone."));

        await Assert.ThrowsAsync<UnavailableException>(() => coupon.ReconcileAsync(gated.Ledger));

        Assert.Equal(StockState.Unverified, await coupon.Probe.StateAsync());
        Assert.True(await coupon.ReconcileAsync());
        await coupon.CheckReconciledAsync(_everybody);
    }

    [Fact]
    public async Task A_reconciler_overtaken_in_its_sleep_does_no_harm()
    {
        var coupon = await SellAsync();
        var gated = new GatedLedger(Ledger);
        var sleeper = coupon.ReconcileAsync(gated.Ledger);
        await gated.Reached;
        await coupon.Probe.ExpireLeaseAsync();
        Assert.True(await coupon.ReconcileAsync());
        await coupon.Probe.ClaimAsync("late");

        gated.Release();

        await Assert.ThrowsAsync<UnavailableException>(() => sleeper);
        Assert.Equal(StockState.Verified, await coupon.Probe.StateAsync());
        Assert.Equal([.. _waiting, "late"], await coupon.Probe.QueueAsync());
        // It began an epoch in the ledger that Redis does not know: the relay finds out, and the grain reconciles.
        Assert.False(await coupon.DrainAsync());
        Assert.True(await coupon.ReconcileAsync());
        await coupon.CheckReconciledAsync([.. _everybody, "late"]);
    }

    [Fact]
    public async Task A_restart_in_the_middle_stops_the_reconciler()
    {
        var coupon = await SellAsync();
        var gated = new GatedLedger(Ledger);
        var first = coupon.ReconcileAsync(gated.Ledger);
        await gated.Reached;

        await site.RestartAsync();
        gated.Release();

        await Assert.ThrowsAsync<UnavailableException>(() => first);
        Assert.True(await coupon.ReconcileAsync());
        await coupon.CheckReconciledAsync(_everybody);
    }

    [Fact]
    public async Task A_batch_read_before_reconciling_cannot_be_written_or_acknowledged_after_it()
    {
        var coupon = await SellAsync();
        var head = await coupon.Probe.Stock.PeekAsync(2);
        Assert.True(await coupon.ReconcileAsync());

        var result = await Ledger.DrainAsync(head.Batch);

        Assert.Equal(new DrainResult(false, 0, (await coupon.Probe.FieldAsync("epoch"))!.Value, 2), result);
        Assert.False(await coupon.Probe.Stock.AcknowledgeAsync(head.Epoch, head.Position, 2));
        await coupon.CheckReconciledAsync(_everybody);
    }

    [Fact]
    public async Task A_batch_written_while_the_coupon_is_closed_is_not_queued_again()
    {
        var coupon = await SellAsync();
        var head = await coupon.Probe.Stock.PeekAsync(2);
        var gated = new GatedLedger(Ledger);
        var reconciling = coupon.ReconcileAsync(gated.Ledger);
        await gated.Reached;

        Assert.True((await Ledger.DrainAsync(head.Batch)).Committed);
        gated.Release();

        Assert.True(await reconciling);
        Assert.Equal(["w2"], await coupon.Probe.QueueAsync());
        await coupon.CheckReconciledAsync(_everybody);
    }

    [Fact]
    public async Task Selling_draining_and_reconciling_at_once_lose_nobody_and_double_nobody()
    {
        const int Amount = 120;
        var coupon = await LedgeredCoupon.SellAsync(site, Ledger, Amount, [], []);
        var won = new ConcurrentQueue<string>();
        await using var otherSilo = await site.ConnectAsync();

        var selling = Parallel.ForEachAsync(LedgerBatches.Users(160).Chunk(4), new ParallelOptions { MaxDegreeOfParallelism = 3 }, async (users, _) =>
        {
            ClaimDecision decision;
            do
                decision = await coupon.Probe.Stock.ClaimAsync(users);
            while (decision.State != StockState.Verified);
            foreach (var user in users.Where((_, i) => decision.Outcomes[i] == ClaimOutcome.Claimed))
                won.Enqueue(user);
        });
        var draining = RepeatAsync(coupon.DrainAsync);
        await Task.WhenAll(RepeatAsync(() => coupon.ReconcileAsync()), RepeatAsync(() => coupon.ReconcileAsync(server: otherSilo)), draining, selling);

        Assert.True(await coupon.ReconcileAsync());
        Assert.Equal(Amount, won.Count);
        Assert.Equal(Amount, won.Distinct().Count());
        await coupon.CheckReconciledAsync([.. won]);

        async Task RepeatAsync(Func<Task<bool>> action)
        {
            while (!selling.IsCompleted)
            {
                try
                {
                    await action();
                }
                catch (UnavailableException)
                {
                    // The other one was first.
                }
            }
        }
    }

    private Task<LedgeredCoupon> SellAsync() => LedgeredCoupon.SellAsync(site, Ledger, 10, _drained, _waiting);
}

public sealed class RacesInTheCluster(RedisSite site, MySqlSite ledger)
    : ReconcilerRaceTests(site, ledger), IClassFixture<RedisSite>, IClassFixture<MySqlSite>;

public sealed class RacesEmbedded(GarnetSite site, SqliteSite ledger)
    : ReconcilerRaceTests(site, ledger), IClassFixture<GarnetSite>, IClassFixture<SqliteSite>;
