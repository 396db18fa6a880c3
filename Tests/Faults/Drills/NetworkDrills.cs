namespace SecKill.Tests.Faults.Drills;

/// <summary>Long: faults of network and clocks.</summary>
[Collection(Alone.Name)]
public sealed class NetworkDrills
{
    [Fact(Explicit = true)]
    public async Task Cut_silos_off()
    {
        Assert.SkipUnless(SplitNetwork.IsPossible, "This needs a network namespace: run it by ./drill.sh, as root or where user namespaces are allowed.");
        await using var drill = await Drill.StartAsync("silos cut off from each other", DrillTerms.Seed, network: new SplitNetwork());
        await drill.RunAsync(
            DrillTerms.Rounds(20), () => drill.Random.Next(4) == 0 ? Faults.CutOneWay(drill) : Faults.CutSiloOff(drill), lastsAtMostMs: 20_000);
    }

    [Fact(Explicit = true)]
    public async Task Set_clocks()
    {
        Assert.SkipUnless(WallClock.IsPossible, "This needs a C compiler: install gcc.");
        await using var drill = await Drill.StartAsync("clocks are set", DrillTerms.Seed, clocks: true);
        await drill.RunAsync(DrillTerms.Rounds(30), () => drill.Random.Next(4) switch
        {
            // Leases matter during a rebuild.
            0 => Faults.LoseKey(drill),
            1 => Faults.KillRedis(drill),
            _ => Faults.SetClock(drill),
        }, lastsAtMostMs: 4_000);
    }
}
