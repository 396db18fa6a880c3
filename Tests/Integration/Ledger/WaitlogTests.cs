using SecKill.Grains.Interfaces.Feed;

namespace SecKill.Tests.Integration.Ledger;

/// <summary>Who joins, leaves and is served is recorded once, in whichever order claims and joins are drained.</summary>
public abstract class WaitlogTests(LedgerSite site)
{
    private ILedger Ledger => site.Ledger;

    [Fact]
    public async Task Joins_and_leaves_move_the_position_and_a_customer_who_joins_again_stands_at_the_end()
    {
        var coupon = await CreateAsync();

        var result = await Ledger.DrainWaitlogAsync(Batch(coupon, 0, Join(1, "anna"), Join(2, "bert"), Leave(1, "anna"), Join(3, "carl"), Join(4, "anna")));

        Assert.Equal(new WaitResult(true, coupon.Epoch, 5), result);
        var row = await Ledger.FindAsync(coupon.Id);
        Assert.Equal((4L, 1L), (row!.Joins, row.Leaves));
        LedgerWait[] waits = [new("anna", 4, 1_004, null, null), new("bert", 2, 1_002, null, null), new("carl", 3, 1_003, null, null)];
        Assert.Equal(waits, await Ledger.WaitsAsync(coupon.Key, "", 10));
        Assert.Equal(waits[1..], await Ledger.WaitsAsync(coupon.Key, "anna", 10));
        Assert.Equal([waits[1]], await Ledger.WaitsOfAsync(coupon.Key, ["bert", "dora"]));
        Assert.Empty(await Ledger.WaitsAsync(coupon.Key with { Identity = 7 }, "", 10));
        Assert.Equal(3, (await Ledger.CountUpAsync(coupon.Key))!.Waiting);
    }

    [Fact]
    public async Task Entries_at_another_position_or_of_another_epoch_change_nothing()
    {
        var coupon = await CreateAsync();
        await Ledger.DrainWaitlogAsync(Batch(coupon, 0, Join(1, "anna"), Leave(1, "anna")));

        Assert.Equal(new WaitResult(false, coupon.Epoch, 2), await Ledger.DrainWaitlogAsync(Batch(coupon, 0, Join(9, "bert"))));
        Assert.Equal(new WaitResult(false, coupon.Epoch, 2), await Ledger.DrainWaitlogAsync(Batch(coupon, 2, Join(9, "bert")) with { Epoch = coupon.Epoch + 1 }));
        Assert.Equal(new WaitResult(false, -1, -1), await Ledger.DrainWaitlogAsync(Batch(coupon, 2, Join(9, "bert")) with { Coupon = coupon.Key with { Identity = 7 } }));
        // Again after a rebuild: it is not taken back.
        Assert.True((await Ledger.DrainWaitlogAsync(Batch(coupon, 2, Join(1, "anna"), Leave(9, "anna")))).Committed);

        Assert.Equal([new LedgerWait("anna", 1, 1_001, 2_001, null)], await Ledger.WaitsAsync(coupon.Key, "", 10));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Who_is_served_is_noted_with_an_event_by_whichever_is_drained_second(bool areJoinsFirst)
    {
        var coupon = await CreateAsync();
        var (joins, claims) = (Batch(coupon, 0, Join(1, "anna"), Join(2, "bert"), Join(3, "carl"), Leave(3, "carl")), coupon.Batch(0, "dora", "bert", "anna"));
        if (areJoinsFirst)
            await Ledger.DrainWaitlogAsync(joins);
        Assert.True((await Ledger.DrainAsync([claims]))[0].Committed);
        if (!areJoinsFirst)
            await Ledger.DrainWaitlogAsync(joins);

        var waits = (await Ledger.WaitsAsync(coupon.Key, "", 10)).ToDictionary(wait => wait.User);
        Assert.Equal((true, true, false), (waits["anna"].ServedAt is not null, waits["bert"].ServedAt is not null, waits["carl"].ServedAt is not null));
        var events = await Ledger.EventsAfterAsync(new FeedQuery(new FeedId(coupon.Key.Id, coupon.Key.Identity), 0, 10));
        Assert.Equal(
            [(1, "claimed", "dora"), (2, "claimed", "bert"), (3, "claimed", "anna"), (4, "served", "anna"), (5, "served", "bert")],
            events.Select(one => ((int)one.No, one.Kind, one.Customer!)));
        Assert.Equal(0, (await Ledger.CountUpAsync(coupon.Key))!.Waiting);
        Assert.Equal(0, await Ledger.CountWrongNumbersAsync(coupon.Key));
    }

    [Fact]
    public async Task Operators_see_what_a_customer_waits_for()
    {
        var (first, second) = (await CreateAsync(), await CreateAsync());
        var user = Names.Fresh("c");
        await Ledger.DrainWaitlogAsync(Batch(first, 0, Join(1, user)));
        await Ledger.DrainWaitlogAsync(Batch(second, 0, Join(1, user)));
        Assert.Equal([second.Id, first.Id], (await Ledger.WaitsOfCustomerAsync(user, 10)).Select(one => one.Coupon));

        await Ledger.DrainWaitlogAsync(Batch(first, 1, Leave(1, user)));

        Assert.Equal([new CustomerClaim(second.Id, 1_001, null)], await Ledger.WaitsOfCustomerAsync(user, 10));
    }

    private static WaitBatch Batch(LedgerCoupon coupon, long position, params WaitEntry[] entries) => new(coupon.Key, coupon.Epoch, position, entries);

    private static WaitEntry Join(long serial, string user) => new(true, 1_000 + serial, serial, user);

    private static WaitEntry Leave(long serial, string user) => new(false, 2_000 + serial, serial, user);

    private async Task<LedgerCoupon> CreateAsync() =>
        (await Ledger.CreateAsync(CouponId.Known(Names.Fresh("seller"), "coupon"), new CouponTerms(5, 5, "", Waitlist: 10)))!;
}

public sealed class WaitlogInMySql(MySqlSite site) : WaitlogTests(site), IClassFixture<MySqlSite>;

public sealed class WaitlogInSqlite(SqliteSite site) : WaitlogTests(site), IClassFixture<SqliteSite>;
