namespace SecKill.Tests.Faults.Drills;

/// <summary>Long: the record of log-outs as full as it can be.</summary>
[Collection(Alone.Name)]
public sealed class LogOutDrills
{
    private const int LogOuts = 4_000_000;
    private const int PerScript = 10_000;

    // Run by Redis, which is faster than sending them.
    private const string Fill = """
        for i = 1, ARGV[1] do
          local id = redis.sha1hex(ARGV[2] .. ':' .. i):sub(1, 32)
          redis.call('ZADD', KEYS[1], 0, (ARGV[3] + (i % 3500)) .. ':' .. id)
        end
        """;

    [Fact(Explicit = true)]
    public async Task Start_a_gateway_with_four_million_log_outs()
    {
        var report = new DrillReport("a gateway starts with four million log-outs", DrillTerms.Seed);
        await using var cluster = new ClusterDeployment(silos: 1, gateways: 2);
        await cluster.StartAsync();
        var (silo, gateway, api) = (cluster.Silos[0], cluster.GatewayNodes[1], new ApiClient(cluster.Gateways[1]));
        var empty = await StartAsync(gateway);
        var (siloBefore, gatewayBefore) = (Megabytes(silo), Megabytes(gateway));
        var token = new Tokens(cluster.SigningKey).Mint("alice", Tokens.Customer);
        Expect.Is(await api.LogOutAsync(token), 200, "log out.");
        var expires = DateTimeOffset.UtcNow.AddMinutes(1).ToUnixTimeSeconds();
        for (var i = 0; i < LogOuts / PerScript; i++)
            await cluster.Redis!.GetDatabase().ScriptEvaluateAsync(Fill, ["sessions:{log-outs}"], [PerScript, i, expires]);

        var full = await StartAsync(gateway);

        Expect.Refused(await api.ListAsync(token, "alice"), 401);
        Assert.Equal(503, (await api.LogOutAsync(new Tokens(cluster.SigningKey).Mint("bob", Tokens.Customer))).Status);
        report.Figure($"{LogOuts} log-outs: a gateway listens after {full.TotalSeconds:0.0} s (with none after {empty.TotalSeconds:0.0} s), and has {Megabytes(gateway) - gatewayBefore} MB more; the silo has {Megabytes(silo) - siloBefore} MB more");
        Assert.True(full < TimeSpan.FromSeconds(10) + empty, $"It took {full.TotalSeconds:0.0} s.");
    }

    private static async Task<TimeSpan> StartAsync(Node gateway)
    {
        await gateway.StopAsync();
        var clock = Stopwatch.StartNew();
        await gateway.StartAsync();
        return clock.Elapsed;
    }

    private static long Megabytes(Node node)
    {
        using var process = Process.GetProcessById(node.Pid);
        return process.WorkingSet64 >> 20;
    }
}
