using System.Text.Json;

namespace SecKill.Tests.Faults.Deaths;

/// <summary>The end of a gateway and of a silo, in the order that docs/operating/operations.md tells.</summary>
[Collection(ClusterDrills.OfProcesses)]
public sealed class ShutdownTests(ClusterDrills drills) : ClusterDrill(drills)
{
    private static readonly TimeSpan _grace = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task A_gateway_that_is_told_to_stop_is_unready_at_once_answers_on_for_its_grace_and_then_ends()
    {
        await Sale.OpenAsync(coupons: 1, amount: 50);
        var coupon = Sale.Coupons[0];
        var gateway = Cluster.GatewayNodes[1];
        var api = new ApiClient(gateway.Address);
        var tokens = new Tokens(Cluster.SigningKey);

        var clock = Stopwatch.StartNew();
        await gateway.SignalAsync("TERM");
        var ready = await Eventually.HoldsAsync(
            "it is unready", "503", () => api.SendAsync(HttpMethod.Get, "/health/ready"), answer => answer.Status == 503, _grace);
        Assert.Contains("\"leaving\":\"It was told to stop.\"", ready.Body, StringComparison.Ordinal);
        Assert.Equal(200, (await api.SendAsync(HttpMethod.Get, "/health/live")).Status);
        Assert.Equal(200, (await api.SendAsync(HttpMethod.Get, "/health/startup")).Status);
        var claim = Expect.Claimed(await api.ClaimAsync(tokens.Mint(Names.Fresh("customer"), Tokens.Customer), coupon.Seller, coupon.Name));
        Assert.True(claim.Headers.ConnectionClose);

        await Eventually.EqualAsync("it does not listen any more", false, () => ListensAsync(api), _limit);
        Assert.True(clock.Elapsed >= _grace - TimeSpan.FromSeconds(0.5), $"it listened for {clock.Elapsed} only");
        await Eventually.EqualAsync("it has ended", false, () => Task.FromResult(gateway.IsRunning), _limit);
        Assert.True(gateway.ExitCode == 0, $"exit code {gateway.ExitCode}: {gateway.Output}");
        await gateway.StartAsync();
    }

    [Fact]
    public async Task A_silo_that_is_told_to_stop_gives_up_its_coupons_says_that_it_is_gone_and_ends()
    {
        await Sale.OpenAsync(coupons: 6, amount: 20);
        await Sale.RushAsync(10);
        var silo = Cluster.Silos[1];
        Assert.Equal(2, await ActiveSilosAsync());

        await silo.SignalAsync("TERM");
        await Eventually.EqualAsync("it does not listen any more", false, () => ListensAsync(new ApiClient(silo.Address)), _limit);
        await Eventually.EqualAsync("it has ended", false, () => Task.FromResult(silo.IsRunning), _limit);

        // The others need not detect its death: it has announced it.
        Assert.Equal(1, await ActiveSilosAsync());
        Assert.True(silo.ExitCode == 0, $"exit code {silo.ExitCode}: {silo.Output}");
        await Sale.RushAsync(5);
        await Sale.CheckAsync(Drained);
        await silo.StartAsync();
    }

    private static async Task<bool> ListensAsync(ApiClient api)
    {
        try
        {
            await api.SendAsync(HttpMethod.Get, "/health/live");
            return true;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    /// <summary>By the table of the cluster's members in Redis.</summary>
    private async Task<int> ActiveSilosAsync()
    {
        var server = Cluster.Redis!.GetServers().Single();
        var table = await server.KeysAsync(pattern: "*/members/*").SingleAsync(TestContext.Current.CancellationToken);
        var rows = await Cluster.Redis.GetDatabase().HashGetAllAsync(table);
        return rows.Count(row => row.Name != "Version" && IsActive(row.Value.ToString()));
    }

    private static bool IsActive(string row)
    {
        using var json = JsonDocument.Parse(row);
        return json.RootElement.GetProperty("Status").GetInt32() == (int)Orleans.Runtime.SiloStatus.Active;
    }
}
