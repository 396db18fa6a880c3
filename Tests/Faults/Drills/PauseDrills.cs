namespace SecKill.Tests.Faults.Drills;

/// <summary>A sale is paused again and again while customers claim through two gateways. A few times in every run, long by hand.</summary>
[Collection(LinkedCluster.Name)]
public sealed class PauseDrills(LinkedCluster linked)
{
    /// <summary>In every second round the stock is being rebuilt while the pause is answered, by order of operators or since Redis lost it.</summary>
    [Fact]
    public async Task After_an_answered_pause_no_later_decision_wins()
    {
        var cluster = await linked.HealthyAsync();
        var (rounds, random) = (DrillTerms.Rounds(2), new Random(DrillTerms.Seed));
        await using var sale = await ChangedSale.StartAsync(cluster, "a pause", amount: 1_000_000, claimsPerSecond: 400);
        var (answered, rebuilds) = (new Durations(), 0);
        for (var round = 1; round <= rounds; round++)
        {
            await sale.Claimants.HearAsync("claimed");
            await Task.Delay(random.Next(300), TestContext.Current.CancellationToken);
            using var isPaused = new CancellationTokenSource();
            var rebuilding = round % 2 == 0 ? RebuildAsync(cluster, sale.Coupon, isOrdered: random.Next(2) == 0, isPaused.Token) : Task.FromResult(0);
            await Task.Delay(random.Next(30), TestContext.Current.CancellationToken);
            var clock = Stopwatch.StartNew();
            await sale.DecidedAsync(Change.Pause(), await sale.Coupon.NowAsync(), now => now.IsPaused, random.Next(2), () =>
            {
                answered.Add(clock.Elapsed);
                isPaused.Cancel();
            });
            rebuilds += await rebuilding;
            await sale.Claimants.HearAsync("paused");
            await sale.Coupon.SettledAsync(isQuiet: true);
            await sale.DecidedAsync(Change.Resume(), await sale.Coupon.NowAsync(), now => !now.IsPaused, random.Next(2));
            sale.Report.Note($"{round}: {rebuilds} rebuilds so far, {sale.Claimants.Told.Count} claims; paused after: {answered}");
        }
        await sale.Claimants.HearAsync("claimed");
        await sale.EndAsync($"{rounds} pauses, a rebuild under way in {rounds / 2} ({rebuilds} rebuilds), answered after: {answered}");
    }

    /// <returns>How many rebuilds were ordered until it was stopped, or 1 where Redis lost the stock.</returns>
    private static async Task<int> RebuildAsync(ClusterDeployment cluster, SellersCoupon coupon, bool isOrdered, CancellationToken stop)
    {
        if (!isOrdered)
        {
            await cluster.Redis!.GetServers().Single().FlushAllDatabasesAsync();
            return 1;
        }
        var rebuilds = 0;
        for (; !stop.IsCancellationRequested; rebuilds++)
            Assert.Contains((await coupon.RebuildAsync()).Status, (int[])[200, 503]);
        return rebuilds;
    }
}
