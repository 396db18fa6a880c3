using SecKill.Grains.Interfaces.Feed;

namespace SecKill.Tests.Integration.Ledger;

/// <summary>A unit is given back once, with its event, and never taken from a claim that is not there.</summary>
public abstract class ReturnTests(LedgerSite site)
{
    private ILedger Ledger => site.Ledger;

    [Fact]
    public async Task A_return_is_noted_on_its_claim_counted_and_told_by_an_event()
    {
        var coupon = await SoldAsync(5, null, "anna", "bert", "carl");

        Assert.Equal([ReturnResult.Done, ReturnResult.Done], await Ledger.ReturnAsync([Of(coupon, "carl", 7_000), Of(coupon, "anna", 8_000)]));

        var row = await Ledger.FindAsync(coupon.Id, countsClaims: true);
        Assert.Equal((4, 3L, 2L, 3L, 2L, 1L), (row!.Left, row.Drained, row.Returned, row.Claims, row.Given, row.Version));
        var feed = new FeedQuery(new FeedId(coupon.Key.Id, coupon.Key.Identity), 3, 10);
        Assert.Equal([new FeedEvent(4, FeedKinds.Returned, "carl", 7_000), new FeedEvent(5, FeedKinds.Returned, "anna", 8_000)], await Ledger.EventsAfterAsync(feed));
        Assert.Equal([8_000L, null, 7_000L], (await Ledger.ClaimsAfterAsync(feed with { After = 0 })).Select(claim => claim.ReturnedAt));
        Assert.Equal([(5L, "anna"), (4L, "carl")], await Ledger.ReturnsBeforeAsync(coupon.Key, long.MaxValue, 10));
        Assert.Equal([(4L, "carl")], await Ledger.ReturnsBeforeAsync(coupon.Key, 5, 1));
    }

    [Fact]
    public async Task A_return_that_is_asked_for_again_is_told_so_and_nothing_is_written_twice()
    {
        var coupon = await SoldAsync(5, until: 9_000, "anna", "bert");
        await Ledger.ReturnAsync([Of(coupon, "anna", 7_000)]);

        // Also too late, in another epoch, and twice in one batch.
        Assert.Equal(
            [ReturnResult.Before, ReturnResult.Before, ReturnResult.Done, ReturnResult.Before],
            await Ledger.ReturnAsync([Of(coupon, "anna", 10_000), Of(coupon, "anna", 7_000) with { Epoch = 8 }, Of(coupon, "bert", 8_999), Of(coupon, "bert", 8_999)]));

        var row = await Ledger.FindAsync(coupon.Id);
        Assert.Equal((5, 2L), (row!.Left, row.Returned));
        Assert.Equal(2, (await Ledger.ReturnsBeforeAsync(coupon.Key, long.MaxValue, 10)).Count);
    }

    [Fact]
    public async Task Nothing_is_returned_without_a_claim_too_late_in_another_epoch_or_where_the_coupon_takes_none()
    {
        var (coupon, plain) = (await SoldAsync(5, until: 9_000, "anna"), await Ledger.CreateAsync(5));
        await Ledger.DrainAsync(plain.Batch(0, "anna"));

        Assert.Equal(
            [ReturnResult.NoClaim, ReturnResult.NotAllowed, ReturnResult.TooLate, ReturnResult.Overtaken, ReturnResult.Overtaken, ReturnResult.Overtaken],
            await Ledger.ReturnAsync(
            [
                Of(coupon, "bert", 8_000), Of(plain, "anna", 8_000), Of(coupon, "anna", 9_000), Of(coupon, "anna", 8_000) with { Epoch = 1 },
                Of(coupon, "bert", 8_000) with { Epoch = 1 }, Of(coupon, "anna", 8_000) with { Coupon = coupon.Key with { Identity = 7 } },
            ]));

        var row = await Ledger.FindAsync(coupon.Id);
        Assert.Equal((4, 0L), (row!.Left, row.Returned));
    }

    [Fact]
    public async Task Many_at_once_over_several_coupons_end_with_each_claim_returned_once_and_numbers_without_a_gap()
    {
        var users = LedgerBatches.Users(700);
        var coupons = await Task.WhenAll(SoldAsync(1_000, null, users), SoldAsync(1_000, null, users));

        // Each return twice, by two silos, and in opposite orders.
        var returns = coupons.SelectMany(coupon => users.Select(user => Of(coupon, user, 7_000))).ToArray();
        var silos = new[] { returns, [.. returns.Reverse()] }.Select(all => (all, Ledger: site.NewLedger()));
        var results = await Task.WhenAll(silos.Select(async silo =>
        {
            var done = 0;
            foreach (var batch in silo.all.Chunk(230))
                done += (await silo.Ledger.ReturnAsync(batch)).Count(result => result == ReturnResult.Done);
            return done;
        }));

        Assert.Equal(1_400, results.Sum());
        foreach (var coupon in coupons)
        {
            var row = await Ledger.FindAsync(coupon.Id, countsClaims: true);
            Assert.Equal((1_000, 700L, 700L), (row!.Left, row.Returned, row.Given));
            var events = await Ledger.ReturnsBeforeAsync(coupon.Key, long.MaxValue, 1_000);
            Assert.Equal(Enumerable.Range(701, 700).Reverse().Select(no => (long)no), events.Select(one => one.No));
            Assert.Equal(0, await Ledger.CountWrongNumbersAsync(coupon.Key));
        }
    }

    [Fact]
    public async Task A_unit_that_came_back_is_drained_to_another_and_the_counts_agree()
    {
        var coupon = await SoldAsync(1, null, "anna");
        await Ledger.ReturnAsync([Of(coupon, "anna", 7_000)]);

        Assert.Equal(new DrainResult(true, 1, 0, 0, Version: 1, Returned: 1), await Ledger.DrainAsync(coupon.Batch(1, "bert")));

        var row = await Ledger.FindAsync(coupon.Id, countsClaims: true);
        Assert.Equal((0, 2L, 1L), (row!.Left, row.Drained, row.Kept));
        var next = await Ledger.BeginEpochAsync(coupon.Id, -1);
        Assert.Equal((0, 2L, 1L), (next!.Left, next.Drained, next.Returned));
    }

    [Fact]
    public async Task Returns_that_Redis_alone_knows_are_put_back_with_claims_and_events_in_the_same_epoch_only()
    {
        var coupon = await SoldAsync(5, null, "anna", "bert", "carl");
        await Ledger.ReturnAsync([Of(coupon, "anna", 7_000)]);

        Assert.Null(await Ledger.PutBackReturnsAsync(coupon.Key, 8, ["bert"]));
        var row = await Ledger.PutBackReturnsAsync(coupon.Key, coupon.Epoch, ["anna", "bert", "dora"]);

        Assert.Equal((4, 3L, 4L), (row!.Left, row.Returned, row.Drained));
        Assert.Equal(["dora", "bert", "anna"], (await Ledger.ReturnsBeforeAsync(coupon.Key, long.MaxValue, 10)).Select(one => one.User));
        Assert.Equal(
            [new LedgerOwner("anna", true), new LedgerOwner("bert", true), new LedgerOwner("carl", false), new LedgerOwner("dora", true)],
            await Ledger.OwnersAsync(coupon.Key, "", 10));
        Assert.Equal(0, await Ledger.CountWrongNumbersAsync(coupon.Key));
    }

    [Fact]
    public async Task The_terms_of_second_chances_are_kept_and_make_the_first_version()
    {
        var terms = new CouponTerms(3, 5, "", Returns: true, ReturnUntil: 9_000, Waitlist: 70, RedeemUntil: 10_000);

        var coupon = await Ledger.CreateAsync(CouponId.Known(Names.Fresh("seller"), "coupon"), terms);

        Assert.Equal((terms, 1L), (coupon!.Terms, coupon.Version));
        Assert.Equal(coupon, await Ledger.FindAsync(coupon.Id));
    }

    private static ClaimReturn Of(LedgerCoupon coupon, string user, long at) => new(coupon.Key, coupon.Epoch, user, at);

    private async Task<LedgerCoupon> SoldAsync(int amount, long? until, params string[] owners)
    {
        var coupon = await Ledger.CreateAsync(
            CouponId.Known(Names.Fresh("seller"), "coupon"), new CouponTerms(amount, 5, "", Returns: true, ReturnUntil: until));
        Assert.True((await Ledger.DrainAsync(coupon!.Batch(0, owners))).Committed);
        return coupon!;
    }
}

public sealed class ReturnsInMySql(MySqlSite site) : ReturnTests(site), IClassFixture<MySqlSite>;

public sealed class ReturnsInSqlite(SqliteSite site) : ReturnTests(site), IClassFixture<SqliteSite>;
