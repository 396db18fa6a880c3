using Microsoft.Extensions.Options;
using SecKill.Grains.Claims;
using SecKill.Grains.Recovery;

namespace SecKill.Tests.Integration.Audit;

/// <summary>A rolled-back ledger is detected, reported once, and restored from Redis.</summary>
public abstract class LedgerRepairTests(StockSite site, LedgerSite ledgerSite)
{
    [Fact]
    public async Task What_the_ledger_has_lost_is_noticed_once_and_written_back()
    {
        var sound = await SellAsync(3, ["a0", "a1"], waiting: ["a2"]);
        var (soldOut, rebuilt, lost) = (await SellAsync(2, ["b0", "b1"]), await SellAsync(5, ["c0"]), await SellAsync(4, ["d0", "d1"], waiting: ["d2"]));
        var row = await ledgerSite.Ledger.FindAsync(rebuilt.Row.Id);
        Assert.True(await rebuilt.ReconcileAsync());
        var log = new LogOf<LedgerWatch>();
        using var watch = NewWatch(log);
        await watch.SweepAsync(() => Task.CompletedTask);
        Assert.Equal((0, 0), (watch.Behind, watch.Lost));

        // Since then one coupon was sold out and persisted, one rebuilt, one created.
        await ledgerSite.QueryAsync($"DELETE FROM claims WHERE coupon_id = {soldOut.Row.LedgerId} AND username = 'b1'");
        await ledgerSite.QueryAsync($"UPDATE coupons SET drained = 1, left_count = 1 WHERE id = {soldOut.Row.LedgerId}");
        await ledgerSite.QueryAsync($"UPDATE coupons SET epoch = {row!.Epoch} WHERE id = {rebuilt.Row.LedgerId}");
        await ledgerSite.QueryAsync($"DELETE FROM claims WHERE coupon_id = {lost.Row.LedgerId}");
        await ledgerSite.QueryAsync($"DELETE FROM coupons WHERE id = {lost.Row.LedgerId}");
        using var another = NewWatch(new LogOf<LedgerWatch>());
        for (var sweep = 0; sweep < 12; sweep++)
        {
            await watch.SweepAsync(() => Task.CompletedTask);
            await another.SweepAsync(() => Task.CompletedTask);
        }

        Assert.Equal((2, 1, 0, 0), (watch.Behind, watch.Lost, another.Behind, another.Lost));
        Assert.Equal(2, log.Critical.Count);
        Assert.StartsWith("The ledger has fallen back: of 2 coupons Redis knows claims that it has lost, and 1 coupons", log.Critical.Last(), StringComparison.Ordinal);
        Assert.Contains(lost.Row.Id.Key, log.Critical.Last(), StringComparison.Ordinal);

        var told = new List<string>();
        var summary = await new LedgerRepair(site.Server, ledgerSite.Ledger, NullLoggerFactory.Instance, TimeProvider.System).RunAsync(told.Add, TestContext.Current.CancellationToken);

        Assert.Equal(new RepairSummary(3, 2, 1, 0), summary);
        Assert.Contains($"{lost.Row.Id.Key}: put back and rebuilt", told);
        await HoldsAsync(soldOut, 0, "b0", "b1");
        await HoldsAsync(rebuilt, 4, "c0");
        await HoldsAsync(lost, 1, "d0", "d1", "d2");
        Assert.Equal(lost.Row.Key.Identity, (await ledgerSite.Ledger.FindAsync(lost.Row.Id))!.Key.Identity);
        await watch.SweepAsync(() => Task.CompletedTask);
        Assert.Equal((0, 0), (watch.Behind, watch.Lost));
        Assert.Equal(sound.Row.Epoch, await sound.Probe.FieldAsync("epoch"));

        // Again, and where Redis has lost even what the seller fixed.
        await ledgerSite.QueryAsync($"DELETE FROM coupons WHERE id = {(await ledgerSite.Ledger.FindAsync(lost.Row.Id))!.LedgerId}");
        await site.Database.HashDeleteAsync(lost.Probe.Hash, "stock");
        summary = await new LedgerRepair(site.Server, ledgerSite.Ledger, NullLoggerFactory.Instance, TimeProvider.System).RunAsync(told.Add, TestContext.Current.CancellationToken);
        Assert.Equal(new RepairSummary(3, 0, 0, 1), summary);
        Assert.StartsWith($"{lost.Row.Id.Key}: cannot be put back", told[^1], StringComparison.Ordinal);
    }

    private LedgerWatch NewWatch(LogOf<LedgerWatch> log) => new(site.Server, new Auditor(site.Server, ledgerSite.Ledger, TimeProvider.System), Options.Create(new CouponOptions()), TimeProvider.System, log);

    private Task<LedgeredCoupon> SellAsync(int amount, string[] drained, string[]? waiting = null) =>
        LedgeredCoupon.SellAsync(site, ledgerSite.Ledger, amount, drained, waiting ?? []);

    private async Task HoldsAsync(LedgeredCoupon coupon, int left, params string[] owners)
    {
        var row = (await ledgerSite.Ledger.FindAsync(coupon.Row.Id))!;
        Assert.Equal((left, (long)owners.Length), (row.Left, row.Drained));
        Assert.Equal(owners, await ledgerSite.Ledger.OwnerNamesAsync(row.Key, "", 10));
        Assert.Equal(StockState.Verified, await coupon.Probe.StateAsync());
        Assert.Equal(ClaimOutcome.AlreadyClaimed, Assert.Single(await coupon.Probe.ClaimAsync(owners[^1])));
    }
}

public sealed class RepairingInTheCluster(RedisSite site, MySqlSite ledger)
    : LedgerRepairTests(site, ledger), IClassFixture<RedisSite>, IClassFixture<MySqlSite>;

public sealed class RepairingEmbedded(GarnetSite site, SqliteSite ledger)
    : LedgerRepairTests(site, ledger), IClassFixture<GarnetSite>, IClassFixture<SqliteSite>;
