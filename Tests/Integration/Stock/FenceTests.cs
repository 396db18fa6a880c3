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
    [InlineData(0, StockState.Missing)]
    [InlineData(1, StockState.Unverified)]
    [InlineData(2, StockState.Unverified)]
    public async Task A_coupon_that_lost_a_key_sells_nothing(int key, object expected)
    {
        var coupon = await StockProbe.OpenAsync(site, 3);
        await coupon.ClaimAsync("anna", "bert");

        await site.Database.KeyDeleteAsync(coupon.Keys[key]);

        Assert.Equal(expected, (await coupon.Stock.ClaimAsync(["carl"])).State);
        Assert.Equal(expected, (await coupon.Stock.PeekAsync(10)).State);
        Assert.DoesNotContain("carl", await coupon.OwnersAsync());
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

    public static TheoryData<string> OddNames => new(
        "{}", "a{b}c", "}{", "%7B", "100%", "a/b", "//", ":", ":owners", " ", "a b ", "'\"\\", "红包", "🎟️🎉", string.Concat(Enumerable.Repeat("😀", 60)),
        new string('%', 60), "*?[]", "e\u0301", "\ufeff", "+", "#", "queue:next");

    [Theory]
    [MemberData(nameof(OddNames))]
    public async Task Whatever_its_name_a_coupon_has_keys_of_its_own_in_one_slot(string name)
    {
        var coupon = await StockProbe.OpenAsync(site, 1, name: name);
        var mirrored = new StockProbe(site, CouponId.Known(name, coupon.Id.Seller.Value));

        Assert.Equal([ClaimOutcome.Claimed, ClaimOutcome.SoldOut], await coupon.ClaimAsync(name, "other"));

        Assert.Equal([name], await coupon.OwnersAsync());
        Assert.Equal([name], await coupon.QueueAsync());
        Assert.Equal(StockState.Missing, await mirrored.StateAsync());
        Assert.Equal(coupon.Id, CouponId.Parse(coupon.Id.Key));
        Assert.Single(coupon.Keys.Select(key => site.Database.Multiplexer.HashSlot(key)).Distinct());
        Assert.Equal(coupon.Keys.Length, coupon.Keys.Distinct().Count());
    }

    [Fact]
    public async Task A_slash_cannot_move_between_seller_and_name()
    {
        var seller = Names.Fresh("s");
        var (left, right) = (new StockProbe(site, CouponId.Known(seller, "b/c")), new StockProbe(site, CouponId.Known($"{seller}/b", "c")));
        await left.Stock.OpenNewAsync(await left.Stock.CurrentScriptsAsync(), left.Row(1));

        await left.ClaimAsync("anna");

        Assert.Equal(StockState.Missing, await right.StateAsync());
        Assert.Empty(left.Keys.Intersect(right.Keys));
    }
}

public sealed class FenceOfRedis(RedisSite site) : FenceTests(site), IClassFixture<RedisSite>;

public sealed class FenceOfGarnet(GarnetSite site) : FenceTests(site), IClassFixture<GarnetSite>;
