using SecKill.Grains.Lists;

namespace SecKill.Tests.Integration.Stock;

/// <summary>Lists of coupons: a claim may be added several times, by its grain, a retry and the relay.</summary>
public abstract class UserCouponsTests(StockSite site)
{
    [Fact]
    public async Task A_coupon_added_several_times_is_listed_once_and_by_its_earliest_time()
    {
        var (customer, lists) = (Names.Fresh("customer"), site.Server.Lists);
        await lists.RebuildAsync([new ListPart(customer, 0, 20)], () => Task.FromResult(new ListSources([], [])));
        CouponId first = CouponId.Known("seller", "first"), second = CouponId.Known("seller", "second");

        // The first one was won at 10; its retry put it in at 30, when that of the second one was already there.
        await lists.AddAsync([new ListEntry(customer, second, 20)]);
        await lists.AddAsync([new ListEntry(customer, first, 30)]);
        Assert.Equal([second, first], (await lists.ReadAsync(new ListPart(customer, 0, 20)))!);
        await lists.AddAsync([new ListEntry(customer, first, 10)]);
        await lists.AddAsync([new ListEntry(customer, first, 40)]);

        Assert.Equal([first, second], (await lists.ReadAsync(new ListPart(customer, 0, 20)))!);
    }

    [Fact]
    public async Task A_coupon_whose_unit_was_given_back_is_hidden_whatever_is_added_later()
    {
        var (customer, lists) = (Names.Fresh("customer"), site.Server.Lists);
        CouponId[] coupons = [.. Enumerable.Range(0, 5).Select(i => CouponId.Known("seller", $"coupon-{i}"))];
        var entries = coupons.Select((coupon, i) => new ListEntry(customer, coupon, 10 + i)).ToArray();
        await lists.RebuildAsync([new ListPart(customer, 0, 20)], () => Task.FromResult(new ListSources(entries, [])));

        await lists.AddAsync([ListEntry.OfReturned(coupons[0], customer), ListEntry.OfReturned(coupons[3], customer)]);
        // A late relay, and a list that is rebuilt.
        await lists.AddAsync([entries[0]]);
        await lists.RebuildAsync([new ListPart(customer, 0, 20)], () => Task.FromResult(new ListSources(entries, [entries[3]])));

        Assert.Equal([coupons[1], coupons[2], coupons[4]], (await lists.ReadAsync(new ListPart(customer, 0, 20)))!);
        Assert.Equal([coupons[2]], (await lists.ReadAsync(new ListPart(customer, 1, 1)))!);
        Assert.Empty((await lists.ReadAsync(new ListPart(customer, 3, 20)))!);
        Assert.Empty((await lists.ReadAsync(new ListPart(customer, long.MaxValue - 20, 20)))!);
    }

    [Fact]
    public async Task A_list_that_lacks_a_claim_which_a_silo_remembers_is_not_declared_complete()
    {
        var (customer, lists) = (Names.Fresh("customer"), site.Server.Lists);
        var (part, drained, won) = (new ListPart(customer, 0, 20), CouponId.Known("seller", "drained"), CouponId.Known("seller", "won"));
        var sources = new ListSources([new ListEntry(customer, drained, 10)], [new ListEntry(customer, won, 20)]);

        Assert.Null(Assert.Single(await lists.RebuildAsync([part], () => Task.FromResult(sources))));
        Assert.Null(await lists.ReadAsync(part));

        await lists.AddAsync([new ListEntry(customer, won, 20)]);
        Assert.Equal([drained, won], Assert.Single(await lists.RebuildAsync([part], () => Task.FromResult(sources)))!);
        Assert.Equal([drained, won], (await lists.ReadAsync(part))!);
    }
}

public sealed class UserCouponsOnRedis(RedisSite site) : UserCouponsTests(site), IClassFixture<RedisSite>;

public sealed class UserCouponsOnGarnet(GarnetSite site) : UserCouponsTests(site), IClassFixture<GarnetSite>;
