namespace SecKill.Tests.Integration.Stock;

/// <summary>Many coupons in one script call: each is decided as if it were alone.</summary>
public abstract class GatheredCallsTests(StockSite site)
{
    [Fact]
    public async Task A_call_that_fails_leaves_the_others_of_its_batch_alone()
    {
        var probes = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => StockProbe.OpenAsync(site, amount: 1)));
        var broken = probes[1];
        await site.Database.StringSetAsync(broken.Owners, "no set");

        var replies = await site.Server.EvaluateAsync(Script.Claim, [.. probes.Select(probe => new ScriptCall(probe.Keys[..StockKeys.Fenced], ["anna"]))]);

        Assert.Equal(
            [(int)StockState.Verified, ScriptText.Failed, (int)StockState.Verified], replies.Select(reply => (int)reply[0]));
        var fault = await Assert.ThrowsAsync<UnavailableException>(() => broken.ClaimAsync("anna"));
        Assert.Contains("WRONGTYPE", fault.Message, StringComparison.Ordinal);
        foreach (var good in new[] { probes[0], probes[2] })
            Assert.Equal([ClaimOutcome.AlreadyClaimed, ClaimOutcome.SoldOut], await good.ClaimAsync("anna", "bert"));
    }

    [Fact]
    public async Task Each_coupon_of_a_crowd_sells_exactly_its_pieces_and_to_nobody_twice()
    {
        const int coupons = 60;
        var probes = await Task.WhenAll(Enumerable.Range(0, coupons).Select(i => StockProbe.OpenAsync(site, amount: 1 + i % 7)));

        // All at once, so that they share script calls; each customer twice, by different calls.
        var claims = await Task.WhenAll(
            from round in Enumerable.Range(0, 2)
            from user in Enumerable.Range(0, 12)
            from coupon in Enumerable.Range(0, coupons)
            select ClaimAsync(coupon, $"user-{user}"));

        for (var i = 0; i < coupons; i++)
        {
            string[] winners = [.. claims.Where(claim => claim.Coupon == i && claim.Outcome == ClaimOutcome.Claimed).Select(claim => claim.User)];
            Assert.Equal(1 + i % 7, winners.Length);
            Assert.Equal(winners.Order(), (await probes[i].OwnersAsync()).Order());
            Assert.Equal(winners.Order(), (await probes[i].QueueAsync()).Order());
        }

        async Task<(int Coupon, string User, ClaimOutcome Outcome)> ClaimAsync(int coupon, string user) =>
            (coupon, user, Assert.Single(await probes[coupon].ClaimAsync(user)));
    }

    [Fact]
    public async Task A_claim_is_in_its_owners_list_once_it_is_decided()
    {
        var probe = await StockProbe.OpenAsync(site, amount: 2);
        string[] users = [Names.Fresh("u"), Names.Fresh("u"), Names.Fresh("u")];

        Assert.True((await probe.Stock.ClaimAsync(users)).IsListed);

        Assert.Equal((bool[])[true, true, false], await Task.WhenAll(users.Select(user => site.Database.KeyExistsAsync(StockKeys.CouponsOf(user)))));
        RedisValue member = probe.Id.Key;
        Assert.NotNull(await site.Database.SortedSetScoreAsync(StockKeys.CouponsOf(users[0]), member));
    }

    [Fact]
    public async Task What_a_claim_has_answered_survives_the_server()
    {
        var probe = await StockProbe.OpenAsync(site, amount: 40);
        string[] users = [.. Enumerable.Range(0, 30).Select(_ => Names.Fresh("u"))];
        Assert.All(await Task.WhenAll(users.Select(user => probe.ClaimAsync(user))), outcome => Assert.Equal([ClaimOutcome.Claimed], outcome));

        await site.RestartAsync();

        Assert.Equal(users.Order(), (await probe.OwnersAsync()).Order());
        Assert.Equal(users.Order(), (await probe.QueueAsync()).Order());
        Assert.All(await Task.WhenAll(users.Select(user => site.Database.SortedSetLengthAsync(StockKeys.CouponsOf(user)))), length => Assert.Equal(1, length));
    }
}

public sealed class GatheredCallsOnRedis(RedisSite site) : GatheredCallsTests(site), IClassFixture<RedisSite>;

public sealed class GatheredCallsOnGarnet(GarnetSite site) : GatheredCallsTests(site), IClassFixture<GarnetSite>;
