namespace SecKill.Tests.Faults.Drills;

/// <summary>All faults, in an order set by the seed. A few minutes in every run; longer by hand.</summary>
public sealed class MixedDrills
{
    private static readonly Func<Drill, Fault>[] _kinds =
    [
        Faults.KillSilo, Faults.KillGateway, Faults.StopSilo, Faults.StopGateway, Faults.FreezeSilo, Faults.FreezeGateway,
        Faults.KillRedis, Faults.FreezeRedis, Faults.WipeRedis, Faults.LoseKey, Faults.OlderFile,
        Faults.KillMySql, Faults.FreezeMySql, Faults.TakeConnections, Faults.LoseCommit, Faults.DisturbLink,
    ];

    [Fact]
    public async Task Whatever_dies_hangs_or_is_lost_no_answer_was_a_lie()
    {
        await using var drill = await StartAsync("each fault once", seed: 20260);
        await RunAsync(drill, _kinds.Length, lastsAtMostMs: 1_500);
    }

    [Fact(Explicit = true)]
    public async Task Everything()
    {
        await using var drill = await StartAsync("everything", DrillTerms.Seed, SellersCoupon.Settings);
        // Beside it units of two more coupons change hands: between owners and tills, and down a line.
        await using var storm = new Storm(drill.Cluster, await SellersCoupon.CreateAsync(drill.Cluster, 100_000, returns: "once"), DrillTerms.Seed, atOnce: 4);
        await using var line = new HandOver(drill.Cluster, await SellersCoupon.CreateAsync(drill.Cluster, 3, returns: "once", waitlist: 100));
        storm.Start();
        line.Start();
        await RunAsync(drill, DrillTerms.Rounds(60), lastsAtMostMs: 8_000);
        await Task.WhenAll(storm.StopAsync(), line.StopAsync());
        drill.Report.Figure($"{await storm.CheckAsync()}; {await line.CheckAsync()}");
    }

    [Fact(Explicit = true)]
    public async Task Links()
    {
        await using var drill = await Drill.StartAsync("links to the stores", DrillTerms.Seed, linked: true, hangUp: true);
        await drill.RunAsync(DrillTerms.Rounds(40), () => Faults.DisturbLink(drill), lastsAtMostMs: 8_000);
    }

    private static Task<Drill> StartAsync(string name, int seed, IReadOnlyDictionary<string, string?>? settings = null) =>
        Drill.StartAsync(name, seed, coupons: 12, linked: true, hangUp: true, settings: settings);

    private static async Task RunAsync(Drill drill, int rounds, int lastsAtMostMs)
    {
        // Each kind comes up before any comes again.
        var deck = new Queue<Func<Drill, Fault>>();
        await drill.RunAsync(rounds, () =>
        {
            if (deck.Count == 0)
            {
                var kinds = _kinds.ToArray();
                drill.Random.Shuffle(kinds);
                deck = new Queue<Func<Drill, Fault>>(kinds);
            }
            return deck.Dequeue()(drill);
        }, lastsAtMostMs);
    }
}
