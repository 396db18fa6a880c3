using SecKill.Grains.Recovery;

namespace SecKill.Tests.Integration.Stock;

/// <summary>A sale that has begun, or ended, stays so through a rebuild, whichever store or memory still knows, and whatever the clock says.</summary>
public abstract class WindowRebuildTests(StockSite site, LedgerSite ledgerSite)
{
    private const long Past = 1_000_000;
    private const long Future = 4_000_000_000_000_000;

    private ILedger Ledger => ledgerSite.Ledger;

    [Theory]
    [InlineData(Source.Redis)]
    [InlineData(Source.Ledger)]
    [InlineData(Source.Silo)]
    public async Task A_sale_that_has_begun_goes_on(Source source)
    {
        var coupon = await CreateAsync(starts: Past);
        Assert.Equal(ClaimOutcome.Claimed, await ClaimAsync(coupon, "anna"));
        await LoseAllBut(source, coupon, "starts");

        await RebuildAsync(coupon, source == Source.Silo ? new WindowLatches(7, null) : default);

        Assert.Equal(ClaimOutcome.Claimed, await ClaimAsync(coupon, "bert"));
    }

    [Theory]
    [InlineData(Source.Redis)]
    [InlineData(Source.Ledger)]
    [InlineData(Source.Silo)]
    public async Task A_sale_that_has_ended_stays_over(Source source)
    {
        var coupon = await CreateAsync(ends: Past);
        Assert.Equal(ClaimOutcome.Ended, await ClaimAsync(coupon, "anna"));
        await LoseAllBut(source, coupon, "ends");

        await RebuildAsync(coupon, source == Source.Silo ? new WindowLatches(null, 7) : default);

        Assert.Equal(ClaimOutcome.Ended, await ClaimAsync(coupon, "bert"));
    }

    [Fact]
    public async Task An_edge_that_was_moved_to_later_is_passed_no_more()
    {
        var coupon = await CreateAsync(starts: Past, ends: Past + 1);
        Assert.Equal(ClaimOutcome.Ended, await ClaimAsync(coupon, "anna"));
        await ledgerSite.QueryAsync($"UPDATE coupons SET version = 2, ends_at = {Future} WHERE id = {coupon.LedgerId}");

        await RebuildAsync(coupon, new WindowLatches(null, 7));
        Assert.Equal(ClaimOutcome.Claimed, await ClaimAsync(coupon, "anna"));
        await ledgerSite.QueryAsync($"UPDATE coupons SET version = 3, starts_at = {Future - 1} WHERE id = {coupon.LedgerId}");

        await RebuildAsync(coupon, new WindowLatches(7, null));
        Assert.Equal(ClaimOutcome.NotStarted, await ClaimAsync(coupon, "bert"));
    }

    [Fact]
    public async Task After_each_rebuild_no_unit_is_won_until_the_leases_of_before_have_ended()
    {
        var coupon = await CreateAsync(starts: Past);
        for (var rebuild = 0; rebuild < 2; rebuild++)
        {
            await RebuildAsync(coupon);
            var from = (string)(await site.Database.HashGetAsync(StockKeys.OfCoupon(coupon.Id)[0], "from"))!;
            Assert.EndsWith($":{(int)ClaimOutcome.Undecided}", from, StringComparison.Ordinal);
            // Of this rebuild, not of the one before.
            Assert.InRange(long.Parse(from.Split(':')[0], CultureInfo.InvariantCulture), (await new CouponStock(site.Server, coupon.Id).ViewNowAsync()).Now - 1_000_000, long.MaxValue);
            await site.Database.HashSetAsync(StockKeys.OfCoupon(coupon.Id)[0], "from", $"1:{(int)ClaimOutcome.SoldOut}");
        }
    }

    [Fact]
    public async Task Window_and_pause_come_from_the_ledger_and_go_back_to_it_where_it_has_lost_them()
    {
        var coupon = await CreateAsync(starts: Past, ends: Future);
        Assert.Equal(ClaimOutcome.Claimed, await ClaimAsync(coupon, "anna"));
        await ledgerSite.QueryAsync($"UPDATE coupons SET version = 2, paused_at = 5 WHERE id = {coupon.LedgerId}");
        await RebuildAsync(coupon);
        Assert.Equal(ClaimOutcome.Paused, await ClaimAsync(coupon, "bert"));
        // The ledger falls back to the row of before.
        await ledgerSite.QueryAsync($"UPDATE coupons SET version = 0, starts_at = NULL, ends_at = NULL, paused_at = NULL, opened_at = NULL WHERE id = {coupon.LedgerId}");

        await RebuildAsync(coupon);

        Assert.Equal(ClaimOutcome.Paused, await ClaimAsync(coupon, "bert"));
        var row = (await Ledger.FindAsync(coupon.Id))!;
        Assert.Equal((2L, Past, Future), (row.Version, row.Terms.StartsAt!.Value, row.Terms.EndsAt!.Value));
        Assert.True(row is { PausedAt: not null, OpenedAt: not null, EndedAt: null });
    }

    private async Task<LedgerCoupon> CreateAsync(long? starts = null, long? ends = null)
    {
        var row = (await Ledger.CreateAsync(CouponId.Known(Names.Fresh("seller"), "coupon"), new CouponTerms(9, 5, "", starts, ends)))!;
        var stock = new CouponStock(site.Server, row.Id);
        Assert.True(await stock.OpenNewAsync(await stock.CurrentScriptsAsync(), row));
        return row;
    }

    private async Task<ClaimOutcome> ClaimAsync(LedgerCoupon coupon, string customer)
    {
        // Undecided in the quiet time after a rebuild.
        while (true)
        {
            var decision = await new CouponStock(site.Server, coupon.Id).ClaimAsync([customer]);
            Assert.Equal(StockState.Verified, decision.State);
            if (Assert.Single(decision.Outcomes) is not ClaimOutcome.Undecided and var outcome)
                return outcome;
        }
    }

    /// <summary>The clock is set back to before the edge, and only one place remembers that it was passed.</summary>
    private async Task LoseAllBut(Source source, LedgerCoupon coupon, string edge)
    {
        await ledgerSite.QueryAsync($"UPDATE coupons SET {edge}_at = {Future} WHERE id = {coupon.LedgerId}");
        await site.Database.HashSetAsync(StockKeys.OfCoupon(coupon.Id)[0], edge, Future);
        if (source == Source.Redis)
            return;
        if (source == Source.Ledger)
            Assert.True(await Ledger.LatchAsync(coupon.Key, 1, edge == "starts" ? 7 : null, edge == "ends" ? 7 : null));
        await site.FlushAllAsync();
    }

    private async Task RebuildAsync(LedgerCoupon coupon, WindowLatches known = default)
    {
        await CouponStock.ReadAsync(site.Server, coupon.Id);
        Assert.NotNull(await new Reconciler(
            site.Server, Ledger, coupon.Id, [], TimeProvider.System, NullLogger<Reconciler>.Instance, latches: (1, known)).RunAsync());
    }

    public enum Source
    {
        Redis,
        Ledger,
        Silo,
    }
}

public sealed class WindowRebuildsOnRedis(RedisSite site, MySqlSite ledger) : WindowRebuildTests(site, ledger), IClassFixture<RedisSite>, IClassFixture<MySqlSite>;

public sealed class WindowRebuildsOnGarnet(GarnetSite site, SqliteSite ledger) : WindowRebuildTests(site, ledger), IClassFixture<GarnetSite>, IClassFixture<SqliteSite>;
