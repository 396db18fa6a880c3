using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using SecKill.ServiceDefaults.HealthChecks;

namespace SecKill.Tests.Faults.Deaths;

/// <summary>The health endpoints: each reports its own state, with a reason, and nothing else.</summary>
[Collection(ClusterDrills.OfStores)]
public sealed class HealthTests(ClusterDrills drills) : ClusterDrill(drills)
{
    private static readonly TimeSpan _noticed = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task Gateways_and_silos_say_what_they_have_found()
    {
        // A member's view of the cluster follows the cluster a moment later.
        foreach (var gateway in Cluster.GatewayNodes)
            await SaysAsync(gateway, "cluster", "2 silos.");
        foreach (var silo in Cluster.Silos)
            await SaysAsync(silo, "silo", "Active, one of 2 silos.");
        foreach (var gateway in Cluster.GatewayNodes)
        {
            Assert.Equal(
                new Dictionary<string, string> { ["cluster"] = "2 silos.", ["leaving"] = "Healthy" }, await ChecksAsync(gateway, Health.ReadyPath, 200));
        }
        foreach (var silo in Cluster.Silos)
        {
            Assert.Equal(
                new Dictionary<string, string> { ["redis"] = "Healthy", ["sql"] = "Healthy", ["silo"] = "Active, one of 2 silos." },
                await ChecksAsync(silo, Health.ReadyPath, 200));
        }
        foreach (var node in Cluster.Silos.Concat(Cluster.GatewayNodes))
        {
            Assert.Empty(await ChecksAsync(node, Health.LivePath, 200));
            Assert.Equal(new Dictionary<string, string> { ["startup"] = "Healthy" }, await ChecksAsync(node, Health.StartupPath, 200));
        }
    }

    [Theory]
    [InlineData("redis", "hangs", "It has not answered for 2 s.")]
    [InlineData("sql", "hangs", "It has not answered for 2 s.")]
    [InlineData("redis", "maxmemory", StoreCheck.TakesNoWrites, "Redis: It takes no writes. 2 silos.")]
    [InlineData("redis", "min-replicas-to-write", StoreCheck.TakesNoWrites, "Redis: It takes no writes. 2 silos.")]
    [InlineData("sql", "is read-only", StoreCheck.TakesNoWrites, "2 silos.")]
    public async Task A_store_that_hangs_or_takes_no_writes_makes_silos_unready_with_the_reason_but_restarts_none(
        string store, string how, string reason, string? gateways = null)
    {
        await BreakAsync(store, how, isBroken: true);
        try
        {
            foreach (var silo in Cluster.Silos)
            {
                await SaysAsync(silo, store, reason);
                await ChecksAsync(silo, Health.ReadyPath, 503);
            }
            foreach (var gateway in Cluster.GatewayNodes)
            {
                if (gateways is not null)
                    await SaysAsync(gateway, "cluster", gateways);
                // Without SQL they sell on.
                await ChecksAsync(gateway, Health.ReadyPath, store == "sql" ? 200 : how == "hangs" ? null : 503);
            }
            foreach (var node in Cluster.Silos.Concat(Cluster.GatewayNodes))
            {
                await ChecksAsync(node, Health.LivePath, 200);
                await ChecksAsync(node, Health.StartupPath, 200);
            }
        }
        finally
        {
            await BreakAsync(store, how, isBroken: false);
        }
        foreach (var node in Cluster.Silos.Concat(Cluster.GatewayNodes))
            await node.ReadyAsync();
    }

    private Task BreakAsync(string store, string how, bool isBroken) => (store, how) switch
    {
        ("redis", "hangs") => Cluster.RedisServer.SignalAsync(isBroken ? "STOP" : "CONT"),
        ("sql", "hangs") => Cluster.MySqlServer.SignalAsync(isBroken ? "STOP" : "CONT"),
        ("sql", _) => Cluster.MySqlServer.SetReadOnlyAsync(isBroken),
        _ => Cluster.Redis!.GetServers().Single().ConfigSetAsync(how, isBroken ? "1" : "0"),
    };

    [Fact]
    public async Task Startup_is_503_until_all_has_started_and_200_from_then_on()
    {
        var builder = WebApplication.CreateBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls($"{Deployment.LoopbackAt(FreePort.Next())}");
        var gate = new LastToStart();
        builder.Services.AddSingleton<IHostedService>(gate);
        var store = HealthCheckResult.Healthy();
        builder.Services.AddHealth().AddCheck("store", () => store);
        await using var app = builder.Build();
        app.MapHealth();

        var starting = app.StartAsync(TestContext.Current.CancellationToken);
        await gate.IsAsked;
        var api = new ApiClient(new Uri(app.Urls.Single()));
        Assert.Equal("It is starting.", Checks(await api.SendAsync(HttpMethod.Get, Health.StartupPath), 503)["startup"]);
        Checks(await api.SendAsync(HttpMethod.Get, Health.LivePath), 200);

        gate.Open();
        await starting;
        store = HealthCheckResult.Unhealthy();
        Checks(await api.SendAsync(HttpMethod.Get, Health.StartupPath), 200);
        Checks(await api.SendAsync(HttpMethod.Get, Health.ReadyPath), 503);
    }

    private static Task SaysAsync(Node node, string check, string words) => Eventually.EqualAsync(
        $"its check {check}", words, async () => (await ChecksAsync(node, Health.ReadyPath)).GetValueOrDefault(check), _noticed);

    private static async Task<Dictionary<string, string>> ChecksAsync(Node node, string path, int? status = null) =>
        Checks(await new ApiClient(node.Address).SendAsync(HttpMethod.Get, path), status);

    private static Dictionary<string, string> Checks(Answer answer, int? status)
    {
        Assert.True(status is null || answer.Status == status, $"expected {status}: {answer}");
        Expect.WithFields(answer, "status", "checks");
        Assert.Equal(answer.Status == 200 ? "Healthy" : "Unhealthy", answer.Json!.Value.GetProperty("status").GetString());
        Assert.True(answer.Headers.CacheControl!.NoStore);
        return answer.Json.Value.GetProperty("checks").Deserialize<Dictionary<string, string>>()!;
    }

    /// <summary>Starts last, once the server listens, and so holds up the host's start.</summary>
    private sealed class LastToStart : IHostedLifecycleService
    {
        private readonly TaskCompletionSource _asked = new();
        private readonly TaskCompletionSource _gate = new();

        public Task IsAsked => _asked.Task;

        public void Open() => _gate.SetResult();

        public Task StartedAsync(CancellationToken cancellationToken)
        {
            _asked.SetResult();
            return _gate.Task;
        }

        public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
