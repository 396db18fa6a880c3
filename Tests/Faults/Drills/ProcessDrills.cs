namespace SecKill.Tests.Faults.Drills;

/// <summary>Long: processes of the product die, freeze and restart repeatedly during a sale.</summary>
[Collection(Alone.Name)]
public sealed class ProcessDrills
{
    // 15 s, plus slack for a busy machine on which three silos start.
    private static readonly TimeSpan _replaced = TimeSpan.FromSeconds(15 + 5);

    [Fact(Explicit = true)]
    public async Task Kill_silo_or_gateway()
    {
        await using var drill = await Drill.StartAsync("kill a silo or gateway", DrillTerms.Seed);
        var (silos, gateways) = (new Durations(), new Durations());
        for (var round = 1; round <= DrillTerms.Rounds(50); round++)
        {
            await drill.PauseAsync(1_000);
            var isSilo = drill.Random.Next(3) > 0;
            var fault = isSilo ? Faults.KillSilo(drill) : Faults.KillGateway(drill);
            await fault.StrikeAsync();
            // Before the restart: the others take over.
            var resumed = await drill.ResumesAsync();
            (isSilo ? silos : gateways).Add(resumed);
            drill.Report.Note($"{round}: {fault.Name}, sold again after {resumed.TotalSeconds:0.0} s; {drill.Sale.Wins} wins");
            await fault.HealAsync();
        }
        await drill.EndAsync($"sold again after a silo's death: {silos}; after a gateway's: {gateways}");
    }

    [Fact(Explicit = true)]
    public async Task Freeze_silo_or_gateway()
    {
        await using var drill = await Drill.StartAsync("freeze a silo or gateway", DrillTerms.Seed);
        await drill.RunAsync(
            DrillTerms.Rounds(20), () => drill.Random.Next(3) > 0 ? Faults.FreezeSilo(drill) : Faults.FreezeGateway(drill), lastsAtMostMs: 15_000);
    }

    /// <summary>Every silo is killed, and as many start at other addresses: pods that were replaced, a node that was lost.</summary>
    [Fact(Explicit = true)]
    public async Task All_silos_replaced_at_new_addresses()
    {
        await using var drill = await Drill.StartAsync("all silos replaced at new addresses", DrillTerms.Seed);
        var resumed = new Durations();
        for (var round = 1; round <= DrillTerms.Rounds(10); round++)
        {
            await drill.PauseAsync(3_000);
            await drill.Cluster.ReplaceSilosAsync(drill.Cluster.Silos.Count);
            var after = await drill.ResumesAsync();
            resumed.Add(after);
            drill.Report.Note($"{round}: sold again {after.TotalSeconds:0.0} s after the new silos were started; {drill.Sale.Wins} wins");
            Assert.True(after < _replaced, $"Sold again only after {after.TotalSeconds:0.0} s. The new silos wrote:\n{string.Join('\n', drill.Cluster.Silos.Select(silo => silo.Output))}");
        }
        await drill.EndAsync($"sold again after the new silos were started: {resumed}");
    }

    [Fact(Explicit = true)]
    public async Task Rolling_restart()
    {
        await using var drill = await Drill.StartAsync("rolling restart", DrillTerms.Seed);
        var gateways = drill.Cluster.GatewayNodes;
        await using var balancer = new ReadinessBalancer(gateways);
        drill.Sale.Balancer = balancer.Takes;
        for (var round = 1; round <= DrillTerms.Rounds(5); round++)
        {
            foreach (var node in gateways.Concat(drill.Cluster.Silos))
            {
                await node.StopAsync();
                Assert.True(node.ExitCode == 0, $"exit code {node.ExitCode}: {node.Output}");
                await node.StartAsync();
                await balancer.TakesAllAsync();
            }
            drill.Report.Note($"{round}: all restarted; {drill.Sale.Wins} wins, {drill.Sale.Unanswered} claims unanswered, {drill.Sale.Undecided} answered 503");
        }
        await drill.Crowd.StopAsync();
        await drill.EndAsync($"{drill.Sale.Unanswered} unanswered, {drill.Sale.Undecided} times 503 with Retry-After, of {drill.Crowd.Claims} claims");
        Assert.True(drill.Sale.Unanswered == 0, $"{drill.Sale.Unanswered} claims were not answered. {drill.Sale.FirstUnanswered}");
    }
}
