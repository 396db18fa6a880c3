namespace SecKill.Tests.Faults.Drills;

/// <summary>What happens while a window is tried.</summary>
public enum WindowFault
{
    None,

    /// <summary>The clock of Redis is set back an hour in the middle of the sale, right for a while at its end, and back again.</summary>
    RedisClock,

    /// <summary>The clock of a silo is set ahead.</summary>
    SiloClock,

    /// <summary>Redis is killed at the start, and comes back.</summary>
    RedisKilled,

    /// <summary>The primary dies at the start, and another one is promoted.</summary>
    FailOver,

    /// <summary>Redis loses its data after the end.</summary>
    RedisWiped,
}

/// <summary>Long: claims without a pause across both edges of a window, through two gateways, with a fault.</summary>
[Collection(Alone.Name)]
public sealed class WindowDrills
{
    private static readonly TimeSpan _drained = TimeSpan.FromSeconds(90);
    private static readonly TimeSpan _promoted = TimeSpan.FromSeconds(60);

    private static long Now => DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();

    [Theory(Explicit = true)]
    [InlineData(WindowFault.None)]
    [InlineData(WindowFault.RedisClock)]
    [InlineData(WindowFault.SiloClock)]
    [InlineData(WindowFault.RedisKilled)]
    [InlineData(WindowFault.FailOver)]
    [InlineData(WindowFault.RedisWiped)]
    public async Task Windows_at_both_edges(WindowFault fault)
    {
        var report = new DrillReport($"a window, {fault}", DrillTerms.Seed);
        var hasClocks = fault is WindowFault.RedisClock or WindowFault.SiloClock;
        Assert.SkipUnless(!hasClocks || WallClock.IsPossible, "There is no C compiler.");
        var group = fault == WindowFault.FailOver ? new SentinelGroup(tellSentinels: false) : null;
        await using var cluster = new ClusterDeployment(group: group, silos: 3, gateways: 2, clocks: hasClocks);
        await cluster.StartAsync();
        // A busy machine takes seconds to create the coupon.
        var starts = Now + 10_000;
        // A promotion takes some seconds.
        var ends = starts + (fault == WindowFault.FailOver ? 20_000 : 6_000);
        var coupon = await SellersCoupon.CreateAsync(cluster, 1_000_000, starts, ends);

        await using var claimants = new Claimants(cluster, coupon, DrillTerms.Seed);
        claimants.Start();
        await StrikeAsync();
        await UntilAsync(ends + 3_000);
        await claimants.StopAsync();

        var told = claimants.Told;
        var lies = told.Where(one => IsLie(one, starts * 1_000, ends * 1_000)).Take(20).Select(one => $"{one}").ToList();
        Assert.True(lies.Count == 0, $"Window {starts} to {ends}:\n{string.Join('\n', lies)}");
        Assert.Empty(claimants.Lies);
        Assert.All(["claimed", "not-started", "ended"], word => Assert.Contains(told, one => one.Word == word));
        var rows = await claimants.DrainedAsync(_drained);
        // By the clock that decided; while it is set back, a sale that has begun goes on.
        if (fault != WindowFault.RedisClock)
            Assert.All(rows, row => Assert.InRange(row.Micros, starts * 1_000, (ends * 1_000) - 1));
        var first = (told.Where(one => one.Word == "claimed").Min(one => one.Told) / 1_000) - starts;
        report.Figure($"{told.Count} claims, {rows.Count} won, none outside and none refused inside; the first was answered {first} ms after the start");

        async Task StrikeAsync()
        {
            switch (fault)
            {
                case WindowFault.RedisClock:
                    var clock = cluster.Clocks.Single(clock => clock.Owner == "Redis").Clock;
                    await UntilAsync(starts + 1_500);
                    clock.Set(TimeSpan.FromHours(-1));
                    await UntilAsync(ends - 1_500);
                    clock.Set(TimeSpan.Zero);
                    await UntilAsync(ends + 1_000);
                    clock.Set(TimeSpan.FromHours(-1));
                    break;
                case WindowFault.SiloClock:
                    await UntilAsync(starts - 1_000);
                    cluster.Clocks.First(clock => clock.Silo is not null).Clock.Set(TimeSpan.FromMinutes(30));
                    break;
                case WindowFault.RedisKilled:
                    await UntilAsync(starts - 100);
                    await cluster.RedisServer.KillAsync();
                    await UntilAsync(starts + 500);
                    await cluster.RedisServer.StartAsync();
                    break;
                case WindowFault.FailOver:
                    var primary = await group!.PrimaryAsync();
                    await UntilAsync(starts - 100);
                    await primary.KillAsync();
                    await Eventually.HoldsAsync("another is primary", "not the dead one", group.PrimaryAsync, now => now != primary, _promoted);
                    break;
                case WindowFault.RedisWiped:
                    await UntilAsync(ends + 1_000);
                    await cluster.Redis!.GetServers().Single().FlushAllDatabasesAsync();
                    break;
            }
        }
    }

    /// <summary>Judged by the true time, which is that of the authority at both edges: what was sent after an edge was decided after it.</summary>
    private static bool IsLie(ToldClaim told, long starts, long ends) => told.Word switch
    {
        "claimed" => told.Told < starts || told.Sent > ends,
        "not-started" => told.Sent > starts,
        "ended" => told.Told < ends,
        "503" or "408" or "broken" => false,
        _ => true,
    };

    private static async Task UntilAsync(long time)
    {
        if (time - Now is > 0 and var rest)
            await Task.Delay((int)rest, TestContext.Current.CancellationToken);
    }
}
