namespace SecKill.Tests.Faults.Drills;

/// <summary>The same customers claim, give back and redeem at once, while what carries that dies between the stores. A few times in every run, long by hand.</summary>
[Collection(LinkedCluster.Name)]
public sealed class StormDrills(LinkedCluster linked) : IAsyncLifetime
{
    // Those that are redeemed are gone.
    private const int Amount = 100_000;
    private const int ContestsOfRound = 200;

    private static readonly TimeSpan _begun = TimeSpan.FromSeconds(120);

    private ClusterDeployment _cluster = null!;

    public async ValueTask InitializeAsync() => _cluster = await linked.HealthyAsync();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    /// <summary>With <c>--rounds 50</c> 10,000 contests and 50 strikes.</summary>
    [Fact]
    public async Task Of_a_return_and_its_redemptions_one_wins_while_their_carrier_dies()
    {
        var (rounds, ahead, between, kinds) = (DrillTerms.Rounds(5), 0, 0, Enum.GetValues<ReturnStrike>());
        var report = new DrillReport("returns against tills", DrillTerms.Seed);
        var coupon = await SellersCoupon.CreateAsync(_cluster, Amount, returns: "once");
        await using var storm = new Storm(_cluster, coupon, DrillTerms.Seed);
        storm.Start();
        var stores = new BetweenStores(_cluster, coupon, new Random(DrillTerms.Seed));
        for (var round = 1; round <= rounds; round++)
        {
            var most = round * ContestsOfRound;
            await Eventually.HoldsAsync("units are returned and redeemed", $"{most} contests", () => Task.FromResult(storm.Contests), count => count >= most - ContestsOfRound / 2, _begun);
            var strike = kinds[(round - 1) % kinds.Length];
            ahead += await stores.StrikeAsync(strike) ? 1 : 0;
            between += strike is ReturnStrike.SiloBeforeRedis or ReturnStrike.RedisWiped ? 1 : 0;
            report.Note($"{round}, {strike}: {storm.Contests} contests, the ledger was ahead of Redis {ahead} times, {storm.Undecided} requests sent again");
        }
        await Eventually.HoldsAsync("it goes on after the last strike", "more contests", () => Task.FromResult(storm.Contests), count => count >= rounds * ContestsOfRound, _begun);
        await storm.StopAsync();

        Assert.InRange(ahead, between, rounds);
        report.Figure($"{rounds} strikes, {ahead} with a return in the ledger alone: {await storm.CheckAsync()}; all equations hold, and the events tell each unit's story in order");
    }
}
