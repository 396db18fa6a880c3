using System.Globalization;
using System.Text.Json.Nodes;
using StackExchange.Redis;

namespace SecKill.Tests.Faults.Deaths;

/// <summary>Restart: a silo or a gateway of the cluster dies in the middle of a sale.</summary>
[Collection(ClusterDrills.OfProcesses)]
public sealed class SiloDeathTests(ClusterDrills drills) : ClusterDrill(drills)
{
    [Fact]
    public async Task A_killed_silo_costs_no_claim_and_the_other_one_sells_on()
    {
        await Sale.OpenAsync(coupons: 6, amount: 150);
        using var enough = new CancellationTokenSource();
        var accounts = Task.WhenAll(Enumerable.Range(0, 8).Select(_ => SlowestAccountCallAsync(enough.Token)));
        var rush = await DuringSaleAsync(customers: 140, afterWins: 250, Cluster.Silos[0].KillAsync);
        await SellingResumesAsync(TimeSpan.FromSeconds(40));
        Report("all coupons sold again");
        await enough.CancelAsync();
        // Calls in flight to the dead silo end like its claims, not by Orleans' timeouts of 10 and 30 s.
        Assert.All(await accounts, slowest => Assert.True(slowest < TimeSpan.FromSeconds(9), $"an account call waited {slowest}"));
        await rush;
        Report("the rush was over");

        Assert.True(Sale.Slowest < Sale.Answered, $"a claim waited {Sale.Slowest}");
        Assert.All(Cluster.GatewayNodes, gateway => Assert.True(gateway.IsRunning, gateway.Output));
        await Sale.CheckAsync(Drained);
        await Sale.SellOutAsync();
        await Sale.CheckAsync(Drained);
        await Cluster.Silos[0].StartAsync();
    }

    [Fact]
    public async Task A_silo_that_was_voted_out_says_so_in_few_lines_and_ends()
    {
        var silo = Cluster.Silos[0];
        // The output has lines of earlier tests too.
        var before = silo.Output.Split('\n').ToHashSet();
        await VoteOutAsync(silo.SiloPort);

        await silo.EndsAsync(TimeSpan.FromSeconds(30));

        Assert.Equal(1, silo.ExitCode);
        Assert.Contains("The other silos have voted this one out", silo.Output, StringComparison.Ordinal);
        Assert.DoesNotContain(silo.Output.Split('\n'), line => line.Contains("   at ", StringComparison.Ordinal) && !before.Contains(line));
        Assert.All(Cluster.Silos, one => Assert.DoesNotContain("Participant check thread", one.Output, StringComparison.Ordinal));
        await silo.StartAsync();
    }

    [Theory]
    [InlineData("silo", "TERM")]
    [InlineData("gateway", "TERM")]
    [InlineData("gateway", "KILL")]
    public async Task A_process_that_ends_in_the_middle_of_a_sale_costs_no_claim_and_the_other_one_sells_on(string kind, string signal)
    {
        var node = kind == "silo" ? Cluster.Silos[0] : Cluster.GatewayNodes[1];
        await Sale.OpenAsync(coupons: 6, amount: 150);
        var rush = await DuringSaleAsync(customers: 140, afterWins: 250, () => signal == "KILL" ? node.KillAsync() : node.StopAsync(TimeSpan.FromSeconds(25)));
        Report($"the {kind} was gone");
        await rush;
        Report("the rush was over");
        if (signal == "TERM")
            Assert.True(node.ExitCode == 0, $"exit code {node.ExitCode}: {node.Output}");

        // Lists and claims are checked at both gateways.
        if (kind == "gateway")
            await node.StartAsync();
        await Sale.CheckAsync(Drained);
        await Sale.SellOutAsync();
        await Sale.CheckAsync(Drained);
        if (kind == "silo")
            await node.StartAsync();
    }

    [Fact]
    public async Task What_a_killed_silo_sold_is_drained_once_it_is_back_though_nobody_asks_for_it()
    {
        await Sale.OpenAsync(coupons: 6, amount: 150);
        var rush = await DuringSaleAsync(140, afterWins: 250, async () =>
        {
            await Cluster.Silos[1].KillAsync();
            Sale.CallOff();
        });
        await rush;

        await Cluster.Silos[1].StartAsync();
        Report("the silo was back");
        await Sale.CheckPromisedAreDrainedAsync();
        Report("all was drained");
        await Sale.CheckAsync(Drained);
    }

    /// <summary>Registers, logs in and looks up users in a loop; undecided requests get 503.</summary>
    private async Task<TimeSpan> SlowestAccountCallAsync(CancellationToken enough)
    {
        var (api, slowest) = (new ApiClient(Cluster.Gateways[0]), TimeSpan.Zero);
        var token = new Tokens(Cluster.SigningKey).Mint("reader", Tokens.Customer);
        while (!enough.IsCancellationRequested)
        {
            var name = Names.Fresh("user");
            await TimedAsync(() => api.RegisterAsync(name, "correct horse", Tokens.Customer), 201, 400);
            await TimedAsync(() => api.LogInAsync(name, "correct horse"), 200, 401);
            await TimedAsync(() => api.ListAsync(token, Names.Fresh("other")), 400);
        }
        return slowest;

        async Task TimedAsync(Func<Task<Answer>> request, params int[] decided)
        {
            var clock = Stopwatch.StartNew();
            var answer = await request();
            Assert.Contains(answer.Status, (int[])[503, .. decided]);
            slowest = clock.Elapsed > slowest ? clock.Elapsed : slowest;
        }
    }

    /// <summary>Writes into the membership table the votes of two silos that this one is dead.</summary>
    private async Task VoteOutAsync(int port)
    {
        var redis = Cluster.Redis!.GetDatabase();
        RedisKey table = Assert.Single(Cluster.Redis.GetServers().Single().Keys(pattern: "*/members/*").ToArray());
        await Eventually.EqualAsync("the silo is voted out", true, async () =>
        {
            var rows = await redis.HashGetAllAsync(table);
            var own = rows.Where(row => $"{row.Name}".Contains($":{port}:", StringComparison.Ordinal)).Select(row => (row.Name, Row: JsonNode.Parse((string)row.Value!)!))
                .Single(row => (int)row.Row["Status"]! == 3);
            own.Row["Status"] = 6;
            var version = rows.Single(row => row.Name == "Version").Value;
            var change = redis.CreateTransaction();
            change.AddCondition(Condition.HashEqual(table, "Version", version));
            _ = change.HashSetAsync(table, [new HashEntry(own.Name, own.Row.ToJsonString()), new HashEntry("Version", ((long)version + 1).ToString(CultureInfo.InvariantCulture))]);
            return await change.ExecuteAsync();
        }, TimeSpan.FromSeconds(30));
    }
}
