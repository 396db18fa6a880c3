using SecKill.Grains.Hosting;
using SecKill.ServiceDefaults.Configuration;
using SecKill.Silo.Audit;

namespace SecKill.Tests.Integration.Operations;

/// <summary>A Redis and a ledger belong to one deployment; another one does not start on either.</summary>
public sealed class DeploymentCheckTests(MySqlSite first) : IClassFixture<MySqlSite>, IAsyncLifetime
{
    private const string Service = "shop";

    // Two deployments' ledgers; the second one's is SQLite, which knows marks as MySQL does.
    private readonly MySqlSite _first = first;
    private readonly SqliteSite _second = new();
    private readonly RedisServer _redis = new();
    private StockServer _stock = null!;

    public async ValueTask InitializeAsync()
    {
        await Task.WhenAll(_redis.StartAsync(), _second.InitializeAsync().AsTask());
        _stock = await ConnectAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _stock.DisposeAsync();
        await _redis.DisposeAsync();
        await _second.DisposeAsync();
    }

    [Fact]
    public async Task Stores_of_another_deployment_are_refused_by_name()
    {
        // An installation of the version before: coupons in both, and no mark in either.
        var coupon = await _first.Ledger.CreateAsync(5);
        await _stock.Database.HashSetAsync(StockKeys.OfCoupon(coupon.Id)[0], "left", 5);

        var lost = await Assert.ThrowsAsync<ConfigurationException>(() => DeploymentCheck.MarkAsync(_stock, _second.Ledger, Service));
        Assert.Contains("the ledger was lost", lost.Message, StringComparison.Ordinal);

        await DeploymentCheck.MarkAsync(_stock, _first.Ledger, Service);
        // The next silo, and one of another color of the same service.
        await DeploymentCheck.MarkAsync(await ConnectAsync(), _first.NewLedger(), Service);

        var (mine, other) = ((await _first.Ledger.FindMarkAsync())!, (await _second.Ledger.FindMarkAsync())!);
        var refused = await Assert.ThrowsAsync<ConfigurationException>(() => DeploymentCheck.MarkAsync(_stock, _second.Ledger, Service));
        Assert.Contains($"{mine}", refused.Message, StringComparison.Ordinal);
        Assert.Contains($"{other}", refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', refused.Message);
        await Assert.ThrowsAsync<ConfigurationException>(() => DeploymentCheck.CheckAsync(_stock, _second.Ledger));
        await DeploymentCheck.CheckAsync(_stock, _first.Ledger);
        var service = await Assert.ThrowsAsync<ConfigurationException>(() => DeploymentCheck.MarkAsync(_stock, _first.Ledger, "store"));
        Assert.Contains("Cluster:ServiceId is 'store'", service.Message, StringComparison.Ordinal);

        // Another database of the same server is another Redis.
        await using var apart = await ConnectAsync(",defaultDatabase=1");
        await DeploymentCheck.MarkAsync(apart, _second.Ledger, Service);
        await DeploymentCheck.MarkAsync(_stock, _first.Ledger, Service);

        await OperatorIsRefusedAsync(",defaultDatabase=1");
        await ProductProgram.RefusesAsync(
            "Silo",
            new Dictionary<string, string?>
            {
                ["ConnectionStrings:Redis"] = $"{_redis.ConnectionString},defaultDatabase=1",
                ["ConnectionStrings:MySql"] = _first.Server.ConnectionString,
                ["Silo:Port"] = "0",
                ["Silo:GatewayPort"] = "0",
                ["Cluster:ServiceId"] = Service,
            },
            "they cannot be used together");
    }

    [Fact]
    public async Task Of_two_deployments_that_come_at_once_to_an_empty_redis_one_gets_it()
    {
        var claims = await Task.WhenAll(new[] { _first.Ledger, _second.Ledger, _first.NewLedger(), _second.NewLedger() }.Select(async ledger =>
        {
            try
            {
                await DeploymentCheck.MarkAsync(await ConnectAsync(), ledger, Service);
                return true;
            }
            catch (ConfigurationException)
            {
                return false;
            }
        }));

        Assert.Equal((claims[0], claims[1]), (claims[2], claims[3]));
        Assert.NotEqual(claims[0], claims[1]);
        Assert.Equal($"{await (claims[0] ? (LedgerSite)_first : _second).Ledger.FindMarkAsync()}", await _stock.FindDeploymentAsync());
    }

    [Fact]
    public async Task A_redis_that_was_wiped_gets_its_mark_back_and_anothers_is_not_used()
    {
        await DeploymentCheck.MarkAsync(_stock, _first.Ledger, Service);
        await _redis.KillAsync();
        _redis.Wipe();
        await _redis.StartAsync();
        await AnswersAsync();
        Assert.Equal($"{await _first.Ledger.FindMarkAsync()}", await _stock.FindDeploymentAsync());

        // The address now leads to another deployment's server.
        await _redis.KillAsync();
        _redis.Wipe();
        await _redis.StartAsync();
        await using (var other = await ConnectAsync())
            await other.MarkAsync((await MarkedAsync(_second.Ledger))!);
        await Eventually.HoldsAsync("scripts are not loaded there", "a refusal", RefusalAsync, text => text?.Contains("another deployment", StringComparison.Ordinal) is true, TimeSpan.FromSeconds(30));
    }

    private static async Task<DeploymentMark> MarkedAsync(ILedger ledger) => await ledger.MarkAsync(Service);

    private async Task<string?> RefusalAsync()
    {
        try
        {
            await _stock.RefreshScriptsAsync("any");
            return null;
        }
        catch (UnavailableException fault)
        {
            return fault.Message;
        }
    }

    private Task<string?> AnswersAsync() => Eventually.HoldsAsync("the product reconnects", "its scripts", RefusalAsync, text => text is null, TimeSpan.FromSeconds(30));

    private async Task OperatorIsRefusedAsync(string database)
    {
        var (output, errors) = (new StringWriter(), new StringWriter());
        Assert.True(OperatorCommand.TryParse(
            ["--rebuild", "s", "c", $"--ConnectionStrings:Redis={_redis.ConnectionString}{database}", $"--ConnectionStrings:MySql={_first.Server.ConnectionString}"], out var command));
        Assert.Equal(1, await command.RunAsync(output, errors));
        Assert.Contains("they cannot be used together", $"{errors}", StringComparison.Ordinal);
    }

    private Task<StockServer> ConnectAsync(string more = "") => StockSite.ConnectAsync(_redis.ConnectionString + more);
}
