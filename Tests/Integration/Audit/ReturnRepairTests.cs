using Microsoft.Extensions.Options;
using SecKill.Grains.Claims;
using SecKill.Grains.Recovery;

namespace SecKill.Tests.Integration.Audit;

/// <summary>Returns that only Redis knows, since the ledger was put back, are restored as claims are.</summary>
public abstract class ReturnRepairTests(StockSite site, LedgerSite ledgerSite)
{
    [Fact]
    public async Task Returns_that_the_ledger_has_lost_are_noticed_and_written_back()
    {
        var coupon = await LedgeredCoupon.SellAsync(site, ledgerSite.Ledger, 3, ["a0", "a1"], []);
        await site.Database.HashSetAsync(coupon.Probe.Hash, [new("version", 0), new("returns", 1), new("left", 2)]);
        await site.Database.SetMoveAsync(coupon.Probe.Owners, coupon.Probe.Returned, "a0");
        using var watch = new LedgerWatch(
            site.Server, new Auditor(site.Server, ledgerSite.Ledger, TimeProvider.System), Options.Create(new CouponOptions()), TimeProvider.System, new LogOf<LedgerWatch>());
        for (var sweep = 0; sweep < 12; sweep++)
            await watch.SweepAsync(() => Task.CompletedTask);
        Assert.Equal(1, watch.Behind);

        await new LedgerRepair(site.Server, ledgerSite.Ledger, NullLoggerFactory.Instance, TimeProvider.System).RunAsync(_ => { }, TestContext.Current.CancellationToken);

        var row = await ledgerSite.Ledger.FindAsync(coupon.Row.Id, countsClaims: true);
        Assert.Equal((2, 1L, 1L, 2L), (row!.Left, row.Returned, row.Given, row.Claims));
        Assert.Equal([new LedgerOwner("a0", true), new LedgerOwner("a1", false)], await ledgerSite.Ledger.OwnersAsync(coupon.Row.Key, "", 10));
        Assert.Equal((2, 1L), ((await coupon.Probe.Stock.ReadAsync()).Left, (await coupon.Probe.Stock.ReadAsync()).Returned));
    }

    [Fact]
    public async Task Terms_that_have_room_only_after_returns_are_put_back_though_the_sale_was_stopped_at_lost_ones_since()
    {
        // Two returned, lowered to 2, and paused at version 3, which neither store has any more; the ledger is from before the returns.
        var coupon = await LedgeredCoupon.SellAsync(site, ledgerSite.Ledger, 4, ["a0", "a1", "a2", "a3"], []);
        await site.Database.HashSetAsync(
            coupon.Probe.Hash, [new("version", 2), new("returns", 1), new("amount", 2), new("floor", $"{coupon.Row.Key.Identity}:3")]);
        foreach (var user in (string[])["a0", "a1"])
            await site.Database.SetMoveAsync(coupon.Probe.Owners, coupon.Probe.Returned, user);

        await new LedgerRepair(site.Server, ledgerSite.Ledger, NullLoggerFactory.Instance, TimeProvider.System).RunAsync(_ => { }, TestContext.Current.CancellationToken);

        var row = await ledgerSite.Ledger.FindAsync(coupon.Row.Id, countsClaims: true);
        Assert.Equal((3L, 2, 0, 2L), (row!.Version, row.Terms.Amount, row.Left, row.Given));
        Assert.Equal(StockState.Verified, await coupon.Probe.StateAsync());
    }
}

public sealed class RepairingReturnsInTheCluster(RedisSite site, MySqlSite ledger)
    : ReturnRepairTests(site, ledger), IClassFixture<RedisSite>, IClassFixture<MySqlSite>;

public sealed class RepairingReturnsEmbedded(GarnetSite site, SqliteSite ledger)
    : ReturnRepairTests(site, ledger), IClassFixture<GarnetSite>, IClassFixture<SqliteSite>;
