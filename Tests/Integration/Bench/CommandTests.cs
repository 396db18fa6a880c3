using SecKill.Tests.Integration.Contract;

namespace SecKill.Tests.Integration.Bench;

/// <summary>Every command of the load tool, in short, against a cluster; both modes meet one contract.</summary>
public sealed class CommandTests(SharedDeployments shared) : ContractTests(shared.ClusterAsync)
{
    private const string Rehearsal = "rehearse --users 200 --coupons 2 --units 20 --duration 500ms --connections 50 --curve";
    private const string Rehearsed = "rehearsal.arrived=200 claims.won=40 rehearsal.withoutAnswer=0";

    [Theory]
    [InlineData("sell --requests 200 --connections 8",
        "claims.won=200 operations.claim.statuses.201=200 operations.claim.claimResults.claimed=200", "requestsPerSecond", "total.latencyMicros.p50")]
    [InlineData("stampede --units 10 --requests 200 --connections 8", "claims.won=10 claims.refused=190 operations.claim.claimResults.sold-out=190")]
    [InlineData("many --coupons 30 --requests 200 --connections 8", "claims.coupons=30 claims.won=200")]
    [InlineData("journey --coupons 22 --requests 66 --connections 1", "claims.won=22 operations.listAfter.statuses.200=22")]
    [InlineData($"{Rehearsal} burst", Rehearsed, "rehearsal.soldOutAfterSeconds")]
    [InlineData($"{Rehearsal} ramp", Rehearsed, "rehearsal.soldOutAfterSeconds")]
    [InlineData($"{Rehearsal} steady", Rehearsed, "rehearsal.soldOutAfterSeconds")]
    public async Task A_command_plays_its_sale_and_counts_it(string command, string counts, params string[] positive)
    {
        var run = await RunAsync(command.Split(' '));

        Assert.Equal(counts.Split(' '), counts.Split(' ').Select(count => count.Split('=')[0]).Select(path => $"{path}={run.Number(path)}"));
        Assert.All(positive, path => Assert.True(run.Number(path) > 0, path));
    }

    [Fact]
    public async Task A_rehearsal_with_returns_a_line_and_tills_is_judged_and_compared_with_the_sellers_export()
    {
        var run = await RunAsync(
            "rehearse", "--users", "300", "--coupons", "2", "--units", "30", "--duration", "1s", "--connections", "40", "--curve", "burst",
            "--returns", "0.4", "--waitlist", "100", "--redeem", "0.5");

        Assert.Equal((300, 0), (run.Number("rehearsal.arrived"), run.Number("rehearsal.withoutAnswer")));
        Assert.All(["joined", "served", "waiting", "returned", "redeemed"], name => Assert.True(run.Number($"rehearsal.chances.{name}") > 0, name));
        Assert.Equal(run.Number("rehearsal.chances.joined"), run.Number("rehearsal.chances.served") + run.Number("rehearsal.chances.waiting"));
        Assert.Equal(60 + run.Number("rehearsal.chances.returned"), run.Number("claims.won"));
        Assert.All(["join.statuses.201", "look.statuses.200", "return.statuses.200", "return.statuses.409", "receipt.statuses.200", "redeem.statuses.200", "redeem.statuses.409"],
            name => Assert.True(run.Number($"operations.{name}") > 0, name));
        Assert.Equal(["second chances", "export"], run.Find("checks").AsArray().Select(check => check!["name"]!.GetValue<string>()).TakeLast(2));
    }

    [Fact]
    public async Task Browse_reads_all_pages_while_it_sells()
    {
        var run = await RunAsync("browse", "--coupons", "25", "--requests", "200", "--connections", "8", "--selling-share", "0.5");

        Assert.True(run.Number("operations.list.statuses.200") > 0);
        Assert.True(run.Number("claims.won") > 0);
        Assert.Contains(run.Find("checks").AsArray(), check => check!["name"]!.GetValue<string>() == "freshness");
    }

    [Fact]
    public async Task Without_a_signing_key_users_register_and_each_comes_once()
    {
        var run = await BenchRun.RunAsync(null, ["stampede", .. Urls(), "--units", "2", "--users", "6", "--connections", "3"]);

        Assert.True(run.ExitCode == 0, run.Output);
        Assert.Equal((2, 4), (run.Number("claims.won"), run.Number("claims.refused")));
    }

    [Fact]
    public async Task Tokens_are_those_of_customers_or_sellers_who_need_no_account()
    {
        var file = BenchRun.NewFile();
        try
        {
            var run = await BenchRun.RunPlainAsync(Deployment.SigningKey, "tokens", "300", "--kind", "saler", "--prefix", "mint-", "-o", file);
            Assert.True(run.ExitCode == 0, run.Output);
            var tokens = await File.ReadAllLinesAsync(file, TestContext.Current.CancellationToken);
            Assert.Equal(300, tokens.Distinct().Count());
            Assert.Equal(204, (await Api.ListAsync(tokens[^1], "mint-00000300")).Status);
            Assert.Equal(400, (await Api.CreateAsync(tokens[0], "mint-00000001", "", amount: 1)).Status);
        }
        finally
        {
            File.Delete(file);
        }
    }

    private async Task<BenchRun> RunAsync(params string[] arguments)
    {
        var run = await BenchRun.RunAsync(Deployment.SigningKey, [.. arguments, .. Urls()]);
        Assert.True(run.ExitCode == 0, run.Output);
        Assert.True(run.Find("passed").GetValue<bool>());
        return run;
    }

    private IEnumerable<string> Urls() => Deployment.Gateways.SelectMany(gateway => new[] { "--url", gateway.OriginalString });
}
