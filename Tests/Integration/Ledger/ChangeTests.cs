namespace SecKill.Tests.Integration.Ledger;

/// <summary>The ledger alone issues versions of a coupon's terms, one for each change.</summary>
public abstract class ChangeTests(LedgerSite site)
{
    private ILedger Ledger => site.Ledger;

    [Fact]
    public async Task A_change_of_what_was_read_gets_the_next_version()
    {
        var coupon = await Ledger.CreateAsync(10);

        var raised = await Ledger.ChangeAsync(new TermsChange(coupon.Key, ReadVersion: 0, AmountBy: 5));

        Assert.Equal(new ChangeResult(true, coupon with { Version = 1, Left = 15, Terms = coupon.Terms with { Amount = 15 } }), raised);
        Assert.Equal(raised.Row, await Ledger.FindAsync(coupon.Id));
    }

    [Fact]
    public async Task Of_changes_of_one_version_at_once_one_is_made()
    {
        var coupon = await Ledger.CreateAsync(10);

        var results = await Task.WhenAll(Enumerable.Range(1, 20).Select(by => site.NewLedger().ChangeAsync(new TermsChange(coupon.Key, 0, AmountBy: by))));

        var by = Array.FindIndex(results, result => result.Committed) + 1;
        Assert.Single(results, result => result.Committed);
        Assert.All(results, result => Assert.Equal(1, result.Row!.Version));
        Assert.Equal((10 + by, 1L), ((await Ledger.FindAsync(coupon.Id))!.Terms.Amount, (await Ledger.FindAsync(coupon.Id))!.Version));
    }

    [Fact]
    public async Task Units_are_taken_only_from_those_without_a_claim_and_in_the_epoch_in_which_they_were_set_aside()
    {
        var coupon = await Ledger.CreateAsync(3);
        await Ledger.DrainAsync(coupon.Batch(0, "anna", "bert"));

        Assert.False((await Ledger.ChangeAsync(new TermsChange(coupon.Key, 0, ReadEpoch: coupon.Epoch, AmountBy: -2))).Committed);
        await Assert.ThrowsAsync<ArgumentException>(() => Ledger.ChangeAsync(new TermsChange(coupon.Key, 0, AmountBy: -1)));
        Assert.False((await Ledger.ChangeAsync(new TermsChange(coupon.Key, 0, AmountBy: int.MaxValue))).Committed);
        Assert.True((await Ledger.ChangeAsync(new TermsChange(coupon.Key, 0, ReadEpoch: coupon.Epoch, AmountBy: -1))).Committed);
        var next = await Ledger.BeginEpochAsync(coupon.Id, -1);
        Assert.Equal((2, 0, 1L), (next!.Terms.Amount, next.Left, next.Version));
        Assert.False((await Ledger.ChangeAsync(new TermsChange(coupon.Key, 1, ReadEpoch: coupon.Epoch, AmountBy: 1))).Committed);
    }

    [Fact]
    public async Task A_coupon_that_is_not_there_is_told()
    {
        var coupon = await Ledger.CreateAsync(3);

        Assert.Equal(new ChangeResult(false, null), await Ledger.ChangeAsync(new TermsChange(coupon.Key with { Identity = 7 }, 0)));
    }

    [Fact]
    public async Task Terms_that_the_ledger_lost_are_put_back_once()
    {
        var coupon = await Ledger.CreateAsync(3);
        await Ledger.DrainAsync(coupon.Batch(0, "anna", "bert"));

        Assert.False(await Ledger.PutBackTermsAsync(coupon.Key, version: 4, Terms(1)));
        Assert.True(await Ledger.PutBackTermsAsync(coupon.Key, version: 4, Terms(5)));
        Assert.False(await Ledger.PutBackTermsAsync(coupon.Key, version: 4, Terms(6)));

        var row = await Ledger.FindAsync(coupon.Id);
        Assert.Equal(
            new LedgerCoupon(coupon.Key, coupon.Id, new CouponTerms(5, 5, "text", 10, 20), 3, 2, coupon.Epoch, 4, OpenedAt: 11, PausedAt: row!.PausedAt), row);
        Assert.NotNull(row.PausedAt);

        static StockTerms Terms(int amount) => new(amount, 10, 20, 11, null, IsPaused: true);
    }

    [Fact]
    public async Task The_edges_of_a_window_are_noted_once_and_only_under_the_terms_that_they_were_seen_in()
    {
        var coupon = (await Ledger.CreateAsync(CouponId.Known(Names.Fresh("seller"), "coupon"), new CouponTerms(3, 5, "", StartsAt: 10, EndsAt: 20)))!;
        Assert.Equal((1L, 10L, 20L), (coupon.Version, coupon.Terms.StartsAt, coupon.Terms.EndsAt));

        Assert.False(await Ledger.LatchAsync(coupon.Key, 0, 11, null));
        Assert.True(await Ledger.LatchAsync(coupon.Key, 1, 12, null));
        Assert.True(await Ledger.LatchAsync(coupon.Key, 1, 13, 21));
        Assert.False(await Ledger.LatchAsync(coupon.Key with { Identity = 7 }, 1, 13, 21));

        var row = await Ledger.FindAsync(coupon.Id);
        Assert.Equal((1L, 12L, 21L), (row!.Version, row.OpenedAt, row.EndedAt));
    }

    [Fact]
    public async Task A_drain_tells_the_version_and_the_returned()
    {
        var coupon = await Ledger.CreateAsync(10);
        await Ledger.DrainAsync(coupon.Batch(0, "anna"));
        await Ledger.ChangeAsync(new TermsChange(coupon.Key, 0, AmountBy: 1));
        await site.QueryAsync($"UPDATE coupons SET returned = 1 WHERE id = {coupon.LedgerId}");

        Assert.Equal(new DrainResult(true, 1, 0, 0, Version: 1, Returned: 1), await Ledger.DrainAsync(coupon.Batch(1, "bert")));
    }

    [Fact]
    public async Task A_returned_claim_counts_as_drained_and_not_as_owned()
    {
        var coupon = await Ledger.CreateAsync(2);
        await Ledger.DrainAsync(coupon.Batch(0, "anna", "bert"));
        await site.QueryAsync($"UPDATE claims SET returned_at = 5 WHERE coupon_id = {coupon.LedgerId} AND username = 'anna'");

        var next = await Ledger.BeginEpochAsync(coupon.Id, -1);

        Assert.Equal((1, 2L, 1L), (next!.Left, next.Drained, next.Returned));
        Assert.Equal([new LedgerOwner("anna", true), new LedgerOwner("bert", false)], await Ledger.OwnersAsync(coupon.Key, "", 10));
        Assert.True(Assert.Single(await Ledger.ClaimsOfAsync(["anna"]), claim => claim.Coupon == coupon.Id).IsReturned);
        Assert.True(await Ledger.HasAllAsync(coupon.Key, ["anna", "bert"]));
        var counted = await Ledger.FindAsync(coupon.Id, countsClaims: true);
        Assert.Equal((2L, 1L), (counted!.Claims, counted.Kept));
    }
}

public sealed class ChangesInMySql(MySqlSite site) : ChangeTests(site), IClassFixture<MySqlSite>;

public sealed class ChangesInSqlite(SqliteSite site) : ChangeTests(site), IClassFixture<SqliteSite>;
