using SecKill.Grains.Recovery;

namespace SecKill.Tests.Integration.Audit;

/// <summary>Terms at which a sale was stopped are lost with the ledger's last seconds, and the stock must not be opened below them.</summary>
public abstract class StoppedSaleRepairTests(StockSite site, LedgerSite ledgerSite)
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Where_the_terms_at_which_a_sale_was_stopped_are_lost_the_latest_that_a_store_has_hold(bool isRowLost)
    {
        // Raised to 5 and paused; then stopped once more, at version 3, which neither store has any more, and the ledger has fallen back.
        var coupon = await LedgeredCoupon.SellAsync(site, ledgerSite.Ledger, 3, ["a0", "a1"], ["a2"]);
        var row = coupon.Row with { Version = 2, Terms = coupon.Row.Terms with { Amount = 5 }, PausedAt = 7 };
        Assert.Equal(ApplyResult.Applied, (await coupon.Probe.Stock.ApplyAsync(row)).Result);
        await site.Database.HashSetAsync(coupon.Probe.Hash, "floor", $"{row.Key.Identity}:3");
        if (isRowLost)
        {
            await ledgerSite.QueryAsync($"DELETE FROM claims WHERE coupon_id = {row.LedgerId}");
            await ledgerSite.QueryAsync($"DELETE FROM coupons WHERE id = {row.LedgerId}");
        }

        await new LedgerRepair(site.Server, ledgerSite.Ledger, NullLoggerFactory.Instance, TimeProvider.System).RunAsync(_ => { }, TestContext.Current.CancellationToken);

        var repaired = (await ledgerSite.Ledger.FindAsync(row.Id))!;
        Assert.Equal((3L, 5, true), (repaired.Version, repaired.Terms.Amount, repaired.PausedAt is not null));
        Assert.Equal((2, 3L), (repaired.Left, repaired.Drained));
        Assert.Equal(["a0", "a1", "a2"], await ledgerSite.Ledger.OwnerNamesAsync(repaired.Key, "", 10));
        Assert.Equal(StockState.Verified, await coupon.Probe.StateAsync());
    }
}

public sealed class StoppedSaleRepairInTheCluster(RedisSite site, MySqlSite ledger)
    : StoppedSaleRepairTests(site, ledger), IClassFixture<RedisSite>, IClassFixture<MySqlSite>;

public sealed class StoppedSaleRepairEmbedded(GarnetSite site, SqliteSite ledger)
    : StoppedSaleRepairTests(site, ledger), IClassFixture<GarnetSite>, IClassFixture<SqliteSite>;
