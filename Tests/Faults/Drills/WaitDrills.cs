namespace SecKill.Tests.Faults.Drills;

/// <summary>What strikes a waiting list.</summary>
public enum WaitStrike
{
    /// <summary>A silo is killed when a unit that came back is about to be recorded as served.</summary>
    Silo,

    /// <summary>A silo is killed when the ledger has been told to record who was served, and has not answered.</summary>
    SiloBeforeCommit,

    /// <summary>Redis loses everything in the middle of joins and of serving, with all silos alive.</summary>
    RedisWiped,
}

/// <summary>
/// A crowd joins the waiting list of a coupon while its owners give their units back, and what carries both dies: then those first in line
/// own the units, each once. Once in every run, long by hand.
/// </summary>
[Collection(LinkedCluster.Name)]
public sealed class WaitDrills(LinkedCluster linked) : IAsyncLifetime
{
    private const int UnitsOfRound = 20;
    private const int CrowdOfRound = 200;

    private static readonly TimeSpan _settled = TimeSpan.FromSeconds(120);

    private ClusterDeployment _cluster = null!;

    public async ValueTask InitializeAsync() => _cluster = await linked.HealthyAsync();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Theory]
    [InlineData(WaitStrike.Silo)]
    [InlineData(WaitStrike.SiloBeforeCommit)]
    [InlineData(WaitStrike.RedisWiped)]
    public async Task Those_first_in_line_are_served_once_while_their_carrier_dies(WaitStrike strike)
    {
        var rounds = DrillTerms.Rounds(1);
        var (units, crowd) = (UnitsOfRound * rounds, CrowdOfRound * rounds);
        var report = new DrillReport($"a waiting list struck, {strike}", DrillTerms.Seed);
        var coupon = await SellersCoupon.CreateAsync(_cluster, units, returns: "once", waitlist: crowd);
        var waiters = new Waiters(_cluster, coupon);
        string[] owners = [.. Enumerable.Range(0, units).Select(_ => Names.Fresh("o"))];
        await Waiters.EachAsync(owners, async owner => Check.That(await waiters.ClaimAsync(owner), owner));
        string[] customers = [.. Enumerable.Range(0, crowd).Select(_ => Names.Fresh("w"))];

        var joining = Waiters.EachAsync(customers, async customer =>
        {
            await waiters.JoinAsync(customer);
            if (customer[^1] % 4 == 0)
                await waiters.ClaimLaterAsync(customer);
        });
        await Eventually.HoldsAsync("the line grows", "some joins", () => Task.FromResult(waiters.Joined), joins => joins >= units, _settled);
        for (var round = 1; round <= rounds; round++)
        {
            // Heard from the first one on.
            var striking = StrikeAsync(coupon, strike);
            var returning = Waiters.EachAsync(owners[((round - 1) * UnitsOfRound)..(round * UnitsOfRound)], async owner =>
            {
                await Task.Delay(Random.Shared.Next(200));
                await waiters.ReturnAsync(owner);
            }, atOnce: 2);
            report.Note($"{round}: {await striking}");
            await returning;
        }
        await joining;

        await CheckAsync(coupon, waiters, customers, units);
        report.Figure($"{rounds} strikes: of {crowd} in line the first {units} own the {units} units that came back, each once; all equations hold, and none of {waiters.Judged} answers was a lie");
    }

    /// <returns>What was struck.</returns>
    private async Task<string> StrikeAsync(SellersCoupon coupon, WaitStrike strike)
    {
        if (strike == WaitStrike.RedisWiped)
        {
            var unrecorded = await Eventually.HoldsAsync("something is unrecorded", "joins, or units served", coupon.UnrecordedAsync, both => both is not (0, 0), _settled);
            await _cluster.Redis!.GetServers().Single().FlushAllDatabasesAsync();
            return $"wiped with {unrecorded.Waits} joins and {unrecorded.Claims} units unrecorded";
        }
        var silo = await LinkedCluster.HearAsync(_cluster, "SET served_at", strike == WaitStrike.SiloBeforeCommit ? LinkLoss.AnswerInSilence : LinkLoss.None);
        await Task.Delay(Random.Shared.Next(100));
        await _cluster.Silos[silo].KillAsync();
        await _cluster.Silos[silo].StartAsync();
        return $"silo {silo} killed while it recorded who was served";
    }

    private static async Task CheckAsync(SellersCoupon coupon, Waiters waiters, string[] customers, int units)
    {
        var rows = await Eventually.HoldsAsync(
            "all units are served, and recorded", $"{units} of them", coupon.LineAsync, line => line.Count == customers.Length && line.Count(one => one.IsServed) == units, _settled);
        Assert.Equal(customers.Order(), rows.Select(one => one.Customer).Order());
        // In the order of the line.
        Assert.Equal(rows.Take(units).Select(one => one.Customer).Order(), rows.Where(one => one.IsServed).Select(one => one.Customer).Order());
        await coupon.SettledAsync(isQuiet: true);
        var report = await coupon.AddsUpAsync();
        Assert.Equal(
            (units, units, customers.Length - units),
            (report.GetProperty("owners").GetInt32(), report.GetProperty("returned").GetInt32(), report.GetProperty("waiting").GetInt32()));
        var events = await coupon.EventsAsync();
        Assert.Equal(Enumerable.Range(1, events.Count).Select(no => (long)no), events.Select(one => one.No));
        Assert.Equal(rows.Take(units).Select(one => one.Customer).Order(), events.Where(one => one.Kind == "served").Select(one => one.Customer!).Order());
        // Each customer hears what the stores say.
        foreach (var (customer, isServed) in rows.Where((_, i) => i % 10 == 0))
            Check.Equal(isServed, await waiters.ClaimAsync(customer), customer);
        Assert.Empty(waiters.FindLies(rows.Where(one => !one.IsServed).Select(one => one.Customer)));
    }
}
