namespace SecKill.Tests.Faults.Drills;

/// <summary>
/// Units go from hand to hand while what carries them dies between the two stores. Once in every run, long by hand.
/// </summary>
[Collection(LinkedCluster.Name)]
public sealed class ReturnDrills(LinkedCluster linked) : IAsyncLifetime
{
    private const int Amount = 20;
    private static readonly TimeSpan _settled = TimeSpan.FromSeconds(120);

    private ClusterDeployment _cluster = null!;

    public async ValueTask InitializeAsync() => _cluster = await linked.HealthyAsync();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Theory]
    [InlineData(ReturnStrike.SiloBeforeCommit)]
    [InlineData(ReturnStrike.SiloBeforeRedis)]
    [InlineData(ReturnStrike.Redis)]
    [InlineData(ReturnStrike.RedisWiped)]
    public async Task Units_are_returned_and_won_while_their_carrier_dies(ReturnStrike strike)
    {
        var report = new DrillReport($"returns struck, {strike}", DrillTerms.Seed);
        var coupon = await SellersCoupon.CreateAsync(_cluster, Amount, returns: "once");
        await using var returners = new Returners(_cluster, coupon, DrillTerms.Seed, kept: Amount / 2);
        returners.Start();
        var stores = new BetweenStores(_cluster, coupon, new Random(DrillTerms.Seed));
        var (rounds, ahead) = (DrillTerms.Rounds(1), 0);
        for (var round = 1; round <= rounds; round++)
        {
            var before = returners.Returned.Count;
            await Eventually.HoldsAsync(
                "units are returned", "some more", () => Task.FromResult(returners.Returned.Count), count => count > before + 3, _settled);
            ahead += await stores.StrikeAsync(strike) ? 1 : 0;
            report.Note($"{round}: {returners.Returned.Count} returned, the ledger was ahead of Redis {ahead} times, {returners.Undecided} requests sent again");
        }
        await returners.StopAsync();

        await CheckAsync(coupon, returners);
        Assert.True(strike is not (ReturnStrike.SiloBeforeRedis or ReturnStrike.RedisWiped) || ahead == rounds, $"Of {rounds} strikes {ahead} found a return in the ledger alone.");
        report.Figure($"{rounds} strikes, {ahead} with a return in the ledger alone: {returners.Returned.Count} units returned, {returners.Owners.Count} kept, all equations hold and the events tell it in order");
    }

    private static async Task CheckAsync(SellersCoupon coupon, Returners returners)
    {
        Assert.Empty(returners.Lies);
        // By themselves: nothing is asked of the coupon but how it stands.
        await Eventually.HoldsAsync(
            "both stores have the same returns", "as many as were answered", coupon.BothReturnedAsync,
            seen => seen == (returners.Returned.Count, returners.Returned.Count), _settled);
        await coupon.SettledAsync(isQuiet: true);
        var report = await coupon.AddsUpAsync();
        Assert.Equal(
            (returners.Owners.Count, returners.Returned.Count), (report.GetProperty("owners").GetInt32(), report.GetProperty("returned").GetInt32()));

        // Every win before its return, each once, without a gap.
        var events = await coupon.EventsAsync();
        Assert.Equal(Enumerable.Range(1, events.Count).Select(no => (long)no), events.Select(one => one.No));
        Assert.All(events.GroupBy(one => one.Customer), story => Assert.Contains(string.Join(' ', story.Select(one => one.Kind)), (string[])["claimed", "claimed returned"]));
        Assert.Equal(returners.Returned.Order(), events.Where(one => one.Kind == "returned").Select(one => one.Customer!).Order());
        var owned = 0;
        foreach (var one in events)
        {
            owned += one.Kind == "claimed" ? 1 : -1;
            Assert.InRange(owned, 0, Amount);
        }

        foreach (var customer in returners.Owners)
            Assert.True(await returners.IsListedAsync(customer), $"{customer} owns a unit, and the list does not show it.");
        foreach (var customer in returners.Returned)
            Assert.False(await returners.IsListedAsync(customer), $"{customer} has returned the unit, and the list shows it.");
    }
}
