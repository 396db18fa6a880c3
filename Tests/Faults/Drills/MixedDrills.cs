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
    public Task Whatever_dies_hangs_or_is_lost_no_answer_was_a_lie() => RunAsync("each fault once", seed: 20260, _kinds.Length, lastsAtMostMs: 1_500);

    [Fact(Explicit = true)]
    public Task Everything() => RunAsync("everything", DrillTerms.Seed, DrillTerms.Rounds(60), lastsAtMostMs: 8_000);

    [Fact(Explicit = true)]
    public async Task Links()
    {
        await using var drill = await Drill.StartAsync("links to the stores", DrillTerms.Seed, linked: true, hangUp: true);
        await drill.RunAsync(DrillTerms.Rounds(40), () => Faults.DisturbLink(drill), lastsAtMostMs: 8_000);
    }

    private static async Task RunAsync(string name, int seed, int rounds, int lastsAtMostMs)
    {
        await using var drill = await Drill.StartAsync(name, seed, coupons: 12, linked: true, hangUp: true);
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
