namespace SecKill.Tests.Integration.Bench;

/// <summary><c>bench demo</c>, what <c>demo.sh</c> starts: the service with sales on it, to look at.</summary>
public sealed class DemoTests
{
    [Fact]
    public async Task It_plays_one_sale_after_the_other_until_it_is_told_to_stop_and_leaves_nothing_running()
    {
        var address = new Uri($"http://localhost:{FreePort.Next()}");
        await using var demo = await BenchRun.StartAsync(signingKey: null,
            ["demo", "--port", $"{address.Port}", "--users", "30", "--pieces", "10", "--coupons", "2", "--duration", "1s"]);

        await Eventually.HoldsAsync(
            "Sales are played", "two that have ended", () => Task.FromResult(demo.Output),
            output => output.Split("A sale has ended: 20 won, 10 refused.").Length > 2, TimeSpan.FromSeconds(120));
        using var browser = new HttpClient();
        using (var page = await browser.GetAsync(new Uri(address, "/health/ready"), TestContext.Current.CancellationToken))
            Assert.True(page.IsSuccessStatusCode);

        await demo.SignalAsync("TERM");
        var run = await BenchRun.EndedAsync(demo, json: null);
        Assert.True(run.ExitCode == 0, run.Output);
        await Assert.ThrowsAsync<HttpRequestException>(() => browser.GetAsync(address, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task It_does_not_take_another_service_on_its_port_for_its_own()
    {
        await using var other = await new PretendServer().StartAsync();
        var port = new Uri(other.Url).Port;

        var run = await BenchRun.RunPlainAsync(signingKey: null, ["demo", "--port", $"{port}"]);

        Assert.Equal(1, run.ExitCode);
        Assert.Contains($"Port {port} is taken by another process. Stop that one, or choose another port with --port.", run.Output, StringComparison.Ordinal);
        Assert.Equal(0, other.ClaimRequests);
    }
}
