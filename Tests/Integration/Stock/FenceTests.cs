using SecKill.Grains.Lists;

namespace SecKill.Tests.Integration.Stock;

/// <summary>Unverified stock sells nothing.</summary>
public abstract class FenceTests(StockSite site)
{
    [Fact]
    public async Task After_a_restart_nothing_is_decided_before_the_coupon_is_verified()
    {
        var coupon = await StockProbe.OpenAsync(site, 3);
        await coupon.ClaimAsync("anna");

        await site.RestartAsync();

        Assert.Equal(StockState.Unverified, (await coupon.Stock.ClaimAsync(["bert"])).State);
        Assert.Equal(StockState.Unverified, (await coupon.Stock.PeekAsync(10)).State);
        Assert.Equal(StockState.Unverified, await coupon.StateAsync());
        Assert.False(await coupon.Stock.AcknowledgeAsync(0, 0, 1));
        Assert.Equal(["anna"], await coupon.OwnersAsync());
        Assert.Equal(["anna"], await coupon.QueueAsync());
        Assert.Equal(2, await coupon.FieldAsync("left"));
    }

    [Theory]
    [InlineData("incarnation", StockState.Missing)]
    [InlineData("amount", StockState.Unverified)]
    [InlineData("left", StockState.Unverified)]
    [InlineData("base", StockState.Unverified)]
    [InlineData("epoch", StockState.Unverified)]
    [InlineData("identity", StockState.Unverified)]
    public async Task A_coupon_that_lost_a_field_sells_nothing(string field, object expected)
    {
        var coupon = await StockProbe.OpenAsync(site, 3);

        await site.Database.HashDeleteAsync(coupon.Hash, field);

        Assert.Equal(expected, (await coupon.Stock.ClaimAsync(["carl"])).State);
        Assert.Empty(await coupon.OwnersAsync());
    }

    [Fact]
    public async Task Flushed_scripts_alone_cost_no_trust()
    {
        var coupon = await StockProbe.OpenAsync(site, 3);
        await site.Database.ExecuteAsync("SCRIPT", "FLUSH");

        Assert.Equal([ClaimOutcome.Claimed], await coupon.ClaimAsync("anna"));
    }

    [Fact]
    public async Task A_new_coupon_does_not_take_over_what_another_of_its_name_left()
    {
        var coupon = await StockProbe.OpenAsync(site, 3);
        await coupon.ClaimAsync("anna");

        Assert.False(await coupon.Stock.OpenNewAsync(await coupon.Stock.CurrentScriptsAsync(), coupon.Row(9)));
        await site.Database.KeyDeleteAsync(coupon.Hash);
        Assert.False(await coupon.Stock.OpenNewAsync(await coupon.Stock.CurrentScriptsAsync(), coupon.Row(9)));

        Assert.Equal(["anna"], await coupon.OwnersAsync());
    }

    [Fact]
    public async Task A_list_is_not_believed_after_a_restart_or_without_its_mark()
    {
        var lists = site.Server.Lists;
        var (user, id) = (Names.Fresh("u"), CouponId.Known("seller", "coupon"));
        await lists.AddAsync([new ListEntry(user, id, 7)]);
        Assert.Null(await lists.ReadAsync(new ListPart(user, 0, 20)));
        Assert.Equal([id], (await lists.RebuildAsync(
            [new ListPart(user, 0, 20)], () => Task.FromResult(new ListSources([new ListEntry(user, id, 7)], []))))[0]!);
        Assert.Equal([id], (await lists.ReadAsync(new ListPart(user, 0, 20)))!);

        await site.RestartAsync();

        Assert.Null(await site.Server.Lists.ReadAsync(new ListPart(user, 0, 20)));
    }
}

public sealed class FenceOfRedis(RedisSite site) : FenceTests(site), IClassFixture<RedisSite>;

public sealed class FenceOfGarnet(GarnetSite site) : FenceTests(site), IClassFixture<GarnetSite>;
