namespace SecKill.Tests.Faults.Drills;

/// <summary>Long: a replicated or sharded group of Redis servers loses one.</summary>
[Collection(Alone.Name)]
public sealed class RedisGroupDrills
{
    private static readonly TimeSpan _promoted = TimeSpan.FromSeconds(60);

    [Theory(Explicit = true)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Sentinel_promotes_a_stale_replica(bool tellSentinels)
    {
        var group = new SentinelGroup(tellSentinels);
        await using var drill = await Drill.StartAsync($"a replica that is behind is promoted, {(tellSentinels ? "Sentinels" : "servers")} known", DrillTerms.Seed, redis: group);
        var (promoted, resumed) = (new Durations(), new Durations());
        for (var round = 1; round <= DrillTerms.Rounds(10); round++)
        {
            await drill.PauseAsync(2_000);
            var primary = await group.PrimaryAsync();
            var replicas = group.Servers.Where(server => server != primary).ToArray();
            // The replicas are frozen for a while, then resume just after the primary has died.
            foreach (var replica in replicas)
                await replica.SignalAsync("STOP");
            var behind = TimeSpan.FromMilliseconds(drill.Random.Next(200, 1_200));
            await Task.Delay(behind, TestContext.Current.CancellationToken);
            await primary.KillAsync();
            foreach (var replica in replicas)
                await replica.SignalAsync("CONT");
            var promoting = PromotedAsync(group, primary);
            var after = await drill.ResumesAsync();
            resumed.Add(after);
            var promotion = await promoting;
            promoted.Add(promotion);
            drill.Report.Note($"{round}: primary killed, replicas {behind.TotalSeconds:0.0} s behind; another one had taken its place after {promotion.TotalSeconds:0.0} s; sold again after {after.TotalSeconds:0.0} s; {drill.Sale.Wins} wins");
            await primary.StartAsync();
            await SentinelGroup.FollowedAsync(await group.PrimaryAsync(), 2);
        }
        await drill.EndAsync($"a replica that another one follows had taken the primary's place: {promoted}; sold again after its death: {resumed}");
    }

    /// <returns>The time until another server is the primary and has a replica, which it needs to accept writes.</returns>
    private static async Task<TimeSpan> PromotedAsync(SentinelGroup group, RedisServer dead)
    {
        var clock = Stopwatch.StartNew();
        var now = await Eventually.HoldsAsync("another is primary", "not the dead one", group.PrimaryAsync, primary => primary != dead, _promoted);
        await SentinelGroup.FollowedAsync(now, 1);
        return clock.Elapsed;
    }

    [Fact(Explicit = true)]
    public async Task Redis_cluster_loses_a_node()
    {
        var group = new ShardGroup();
        await using var drill = await Drill.StartAsync("a Redis Cluster loses a node", DrillTerms.Seed, redis: group);
        await drill.RunAsync(DrillTerms.Rounds(15), () =>
        {
            var i = drill.Random.Next(group.Servers.Count);
            return new Fault($"shard {i} killed", group.Servers[i].KillAsync, async () =>
            {
                await group.Servers[i].StartAsync();
                await ShardGroup.KnowsAllAsync(group.Servers[i]);
            });
        }, lastsAtMostMs: 6_000);
    }
}
