using SecKill.Tests.Integration.Contract;

namespace SecKill.Tests.Integration.Bench;

/// <summary>Every command of the load tool, in short, against a cluster; both modes meet one contract.</summary>
public sealed class CommandTests(SharedDeployments shared) : ContractTests(shared.ClusterAsync)
{
    [Fact]
    public async Task Sell_wins_with_every_claim()
    {
        var run = await RunAsync("sell", "--requests", "200", "--connections", "8");

        Assert.Equal(200, run.Number("claims.won"));
        Assert.Equal(200, run.Number("operations.claim.statuses.201"));
        Assert.Equal(200, run.Number("operations.claim.claimResults.claimed"));
        Assert.InRange(run.Number("total.latencyMicros.max"), run.Number("total.latencyMicros.p50"), double.MaxValue);
        Assert.True(run.Number("requestsPerSecond") > 0);
    }

    [Fact]
    public async Task Stampede_wins_as_often_as_there_are_units()
    {
        var run = await RunAsync("stampede", "--units", "10", "--requests", "200", "--connections", "8");

        Assert.Equal((10, 190), (run.Number("claims.won"), run.Number("claims.refused")));
        Assert.Equal(190, run.Number("operations.claim.claimResults.sold-out"));
    }

    [Fact]
    public async Task Many_sells_all_of_its_coupons()
    {
        var run = await RunAsync("many", "--coupons", "30", "--requests", "200", "--connections", "8");

        Assert.Equal((30, 200), (run.Number("claims.coupons"), run.Number("claims.won")));
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
    public async Task Journey_finds_what_it_won_on_later_pages_too()
    {
        var run = await RunAsync("journey", "--coupons", "22", "--requests", "66", "--connections", "1");

        Assert.Equal(22, run.Number("claims.won"));
        Assert.Equal(22, run.Number("operations.listAfter.statuses.200"));
    }

    [Theory]
    [InlineData("burst")]
    [InlineData("ramp")]
    [InlineData("steady")]
    public async Task Rehearse_plays_a_sale_to_its_last_customer(string curve)
    {
        var run = await RunAsync("rehearse", "--users", "200", "--coupons", "2", "--units", "20", "--curve", curve, "--duration", "500ms", "--connections", "50");

        Assert.Equal((200, 40), (run.Number("rehearsal.arrived"), run.Number("claims.won")));
        Assert.True(run.Number("rehearsal.soldOutAfterSeconds") > 0);
        Assert.Equal(0, run.Number("rehearsal.withoutAnswer"));
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

    private async Task<BenchRun> RunAsync(string command, params string[] arguments)
    {
        var run = await BenchRun.RunAsync(Deployment.SigningKey, [command, .. Urls(), .. arguments]);
        Assert.True(run.ExitCode == 0, run.Output);
        Assert.True(run.Find("passed").GetValue<bool>());
        return run;
    }

    private IEnumerable<string> Urls() => Deployment.Gateways.SelectMany(gateway => new[] { "--url", gateway.OriginalString });
}
