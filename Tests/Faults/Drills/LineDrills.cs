using System.Collections.Concurrent;

namespace SecKill.Tests.Faults.Drills;

/// <summary>A long line is served while it grows, by two gateways. Small in every run, long by hand.</summary>
[Collection(LinkedCluster.Name)]
public sealed class LineDrills(LinkedCluster linked) : IAsyncLifetime
{
    private const int UnitsOfRound = 20;
    private const int CrowdOfRound = 2_000;
    private const int HopsOfRound = 10;

    private static readonly TimeSpan _settled = TimeSpan.FromSeconds(300);
    private static readonly TimeSpan _served = TimeSpan.FromSeconds(60);

    private ClusterDeployment _cluster = null!;

    public async ValueTask InitializeAsync() => _cluster = await linked.HealthyAsync();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    /// <summary>With <c>--rounds 50</c> 100,000 join, and 1,000 units come back.</summary>
    [Fact]
    public async Task Units_that_come_back_while_a_crowd_joins_go_to_those_first_in_line_who_stayed()
    {
        var rounds = DrillTerms.Rounds(1);
        var (units, crowd, clock) = (UnitsOfRound * rounds, CrowdOfRound * rounds, Stopwatch.StartNew());
        var report = new DrillReport("a long line", DrillTerms.Seed);
        var coupon = await SellersCoupon.CreateAsync(_cluster, units, returns: "once", waitlist: crowd);
        var waiters = new Waiters(_cluster, coupon);
        string[] owners = [.. Enumerable.Range(0, units).Select(_ => Names.Fresh("o"))];
        await Waiters.EachAsync(owners, async owner => Check.That(await waiters.ClaimAsync(owner), owner));
        var (left, stayed) = (new ConcurrentBag<string>(), new ConcurrentBag<string>());
        var names = Enumerable.Range(0, crowd).Select(i => (Name: Names.Fresh("w"), Number: i)).ToDictionary(one => one.Name, one => one.Number);

        var joining = Waiters.EachAsync(names.Keys, async customer =>
        {
            await waiters.JoinAsync(customer);
            switch (names[customer] % 50)
            {
                case 0:
                    (await waiters.LeaveAsync(customer) ? left : stayed).Add(customer);
                    break;
                case 1:
                    await waiters.ClaimLaterAsync(customer);
                    break;
                case 2:
                    // Who never joined must not win.
                    await waiters.ClaimAsync(Names.Fresh("n"));
                    break;
            }
        }, atOnce: 64);
        // One after the other all the time that the line grows.
        var returning = Waiters.EachAsync(owners.Index().Select(owner => $"{owner.Index} {owner.Item}"), async owner =>
        {
            var least = (long.Parse(owner.Split(' ')[0]) + 1) * (crowd - crowd / 50) / units;
            await Eventually.HoldsAsync("the line grows", $"{least} joins", () => Task.FromResult(waiters.Joined), count => count >= least, _settled);
            await waiters.ReturnAsync(owner.Split(' ')[1]);
        }, atOnce: 4);
        await joining;
        report.Note($"{crowd} have joined, {left.Count} of them left again, in {clock.Elapsed.TotalSeconds:0.0} s");
        await returning;

        var line = await Eventually.HoldsAsync(
            "all units are served, and recorded", $"{units} of them, of {crowd} in line", coupon.FullLineAsync,
            rows => rows.Count == crowd && rows.Count(row => row.IsServed) == units && rows.Count(row => row.HasLeft) == left.Count, _settled);
        Assert.Equal(names.Keys.Order(), line.Select(one => one.Customer).Order());
        Assert.Equal(left.Order(), line.Where(one => one.HasLeft).Select(one => one.Customer).Order());
        // Exactly the first who had not left.
        var first = line.Where(one => !one.HasLeft).Take(units).Select(one => one.Customer).ToArray();
        Assert.Equal(first, line.Where(one => one.IsServed).Select(one => one.Customer));
        Assert.Empty(stayed.Except(first));
        await coupon.SettledAsync(isQuiet: true);
        Assert.Equal(owners.Concat(first).Order(), (await coupon.RowsAsync()).Select(row => row.Customer).Order());
        var sale = await coupon.AddsUpAsync();
        Assert.Equal(
            (units, units, crowd - left.Count - units),
            (sale.GetProperty("owners").GetInt32(), sale.GetProperty("returned").GetInt32(), sale.GetProperty("waiting").GetInt32()));
        var events = await coupon.EventsAsync();
        Assert.Equal(Enumerable.Range(1, events.Count).Select(no => (long)no), events.Select(one => one.No));
        // In line.
        Assert.Equal(first, events.Where(one => one.Kind == "served").Select(one => one.Customer));
        Assert.Empty(waiters.FindLies(line.Where(one => one is { IsServed: false, HasLeft: false }).Select(one => one.Customer)));
        report.Figure($"{crowd} joins in {clock.Elapsed.TotalSeconds:0.0} s while {units} units came back and {left.Count} left: the first {units} who stayed own one, each once, in order; none of {waiters.Judged} answers was a lie");
    }

    /// <summary>One unit, handed on from the first in line to the next.</summary>
    [Fact]
    public async Task A_unit_that_goes_down_the_line_is_never_on_two_lists()
    {
        var hops = HopsOfRound * DrillTerms.Rounds(1);
        var report = new DrillReport("a unit that goes down the line", DrillTerms.Seed);
        var coupon = await SellersCoupon.CreateAsync(_cluster, 1, returns: "once", waitlist: hops);
        var waiters = new Waiters(_cluster, coupon);
        string[] line = [.. Enumerable.Range(0, hops + 1).Select(_ => Names.Fresh("w"))];
        Check.That(await waiters.ClaimAsync(line[0]), line[0]);
        foreach (var customer in line[1..])
            await waiters.JoinAsync(customer);

        var (hop, looks, both) = (0, 0, new ConcurrentQueue<string>());
        using var end = new CancellationTokenSource();
        var watching = Enumerable.Range(0, 4).Select(watcher => Task.Run(() => WatchAsync(watcher)));
        var watched = Task.WhenAll(watching.ToArray());
        var clock = Stopwatch.StartNew();
        for (; hop < hops; Interlocked.Increment(ref hop))
        {
            await waiters.ReturnAsync(line[hop]);
            Assert.False(await waiters.IsListedAsync(line[hop], hop % 2), $"{line[hop]} has returned the unit, and the list shows it.");
            await Eventually.HoldsAsync("the next in line is served", "place 0", () => waiters.PlaceAsync(line[hop + 1]), place => place == 0, _served);
            Assert.True(await waiters.IsListedAsync(line[hop + 1], hop % 2), $"{line[hop + 1]} was told to own the unit, and the list does not show it.");
        }
        await end.CancelAsync();
        await watched;

        Assert.Empty(both);
        Assert.True(looks > hops, $"{looks} looks at {hops} hops.");
        await coupon.SettledAsync(isQuiet: true);
        Assert.Empty(waiters.FindLies([]));
        var events = await coupon.EventsAsync();
        Assert.Equal(line[..^1], events.Where(one => one.Kind == "returned").Select(one => one.Customer));
        Assert.Equal(line[1..], events.Where(one => one.Kind == "served").Select(one => one.Customer));
        report.Figure($"{hops} owners one after the other in {clock.Elapsed.TotalSeconds:0.0} s, {looks} pairs of lists seen: never on both");

        // A list that shows the new owner's unit was read before the old one's: that must not show it any more.
        async Task WatchAsync(int watcher)
        {
            while (!end.IsCancellationRequested)
            {
                var (old, next) = (line[Volatile.Read(ref hop)], line[Math.Min(Volatile.Read(ref hop) + 1, hops)]);
                if (old != next && await waiters.IsListedAsync(next, watcher % 2) && await waiters.IsListedAsync(old, watcher / 2))
                    both.Enqueue($"{old} and {next}");
                Interlocked.Increment(ref looks);
            }
        }
    }
}
