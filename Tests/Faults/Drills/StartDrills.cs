namespace SecKill.Tests.Faults.Drills;

/// <summary>A sale that a crowd waits for. A small crowd in every run; the rounds are thousands of customers.</summary>
public sealed class StartDrills
{
    // A gateway asks again when its lease of 100 ms is over.
    private const int QuestionsOfGateway = 20;
    private const long Second = 1_000_000;

    private static readonly TimeSpan _drained = TimeSpan.FromSeconds(90);

    [Fact]
    public async Task Before_a_start_that_a_crowd_waits_for_redis_is_hardly_asked()
    {
        var customers = 1_000 * DrillTerms.Rounds(2);
        var report = new DrillReport($"{customers} customers wait for a start", DrillTerms.Seed);
        await using var cluster = new ClusterDeployment(silos: 2, gateways: 2, settings: SellersCoupon.Settings);
        await cluster.StartAsync();
        var mint = new Tokens(cluster.SigningKey);
        var tokens = Enumerable.Range(0, customers).Select(i => mint.Mint($"customer-{i}", Tokens.Customer)).ToList();
        await WarmUpAsync(cluster, tokens);

        // A second to create it, four seconds to wait.
        var starts = ((Claimants.Now / 1_000) + 5_000) * 1_000;
        var coupon = await SellersCoupon.CreateAsync(cluster, amount: customers, starts / 1_000);
        var crowd = new WaitingCrowd(cluster, coupon.OnSale, tokens);
        var running = crowd.RunAsync(starts + (4 * Second));
        await UntilAsync(starts - Second);
        var before = await RedisServer.ScriptsRunAsync(cluster.Redis!);
        await UntilAsync(starts - (Second / 50));
        var asked = await RedisServer.ScriptsRunAsync(cluster.Redis!) - before;
        await running;

        Assert.InRange(asked, 1, QuestionsOfGateway * cluster.Gateways.Count);
        IReadOnlyList<(string Customer, long Micros)> rows = [];
        await Eventually.HoldsAsync("the ledger has all wins", $"{crowd.Wins}", async () => (rows = await coupon.RowsAsync()).Count, count => count >= crowd.Wins, _drained);
        Assert.All(rows, row => Assert.InRange(row.Micros, starts, long.MaxValue));
        await coupon.SettledAsync(isQuiet: true);
        var seconds = Enumerable.Range(0, 3).Select(i => rows.Count(row => (row.Micros - starts) / Second == i)).ToArray();
        var customersInLastSecond = crowd.RefusedSince(starts - Second);
        report.Figure($"{crowd.AnswersBetween(starts - Second, starts)} answers to {customersInLastSecond} customers in the last second before the start, {asked} questions to Redis; the first win {(rows[0].Micros - starts) / 1_000.0:0.0} ms after the start; won in the first second {seconds[0]}, then {seconds[1]} and {seconds[2]}; answers: {crowd.Words}");
    }

    /// <summary>Compiles the code of gateways and silos, fills pools, and makes an activation of each kind.</summary>
    private static async Task WarmUpAsync(ClusterDeployment cluster, List<string> tokens)
    {
        var starts = (Claimants.Now / 1_000) + 1_500;
        var coupon = await SellersCoupon.CreateAsync(cluster, amount: tokens.Count, starts);
        var crowd = new WaitingCrowd(cluster, coupon.OnSale, tokens);
        await crowd.RunAsync((starts * 1_000) + (3 * Second));
        await coupon.SettledAsync(isQuiet: true);
    }

    private static async Task UntilAsync(long micros)
    {
        if (micros - Claimants.Now is > 0 and var rest)
            await Task.Delay(TimeSpan.FromMicroseconds(rest), TestContext.Current.CancellationToken);
    }
}
