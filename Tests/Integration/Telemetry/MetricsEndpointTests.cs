using SecKill.ServiceDefaults.Hosting;

namespace SecKill.Tests.Integration.Telemetry;

/// <summary>Where <c>/metrics</c> is served, and how logs are written.</summary>
public sealed class MetricsEndpointTests : IDisposable
{
    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(30);

    private readonly string _logs = RunFolder.Create("json-logs");

    public void Dispose() => RunFolder.Delete(_logs);

    [Fact]
    public async Task A_port_of_its_own_serves_metrics_and_nothing_else_and_logs_can_be_json()
    {
        var began = DateTimeOffset.UtcNow.AddMilliseconds(-1);
        var (metrics, log) = (new Uri($"http://127.0.0.1:{FreePort.Next()}"), Path.Combine(_logs, "gateway.log"));
        await using var deployment = new EmbeddedDeployment(
            new Dictionary<string, string?> { ["Telemetry__MetricsPort"] = $"{metrics.Port}", ["Logging__Console__FormatterName"] = "json" }, log);
        await deployment.StartAsync();
        var (api, other) = (new ApiClient(deployment.Gateways[0]), new ApiClient(metrics));
        Expect.Refused(await api.SendAsync(HttpMethod.Get, "/metrics"), 404);
        Assert.Equal(404, (await other.SendAsync(HttpMethod.Get, "/health/live")).Status);
        Assert.Equal(404, (await other.LogInAsync("somebody", "secret")).Status);

        // What never happened stands at zero, of the gateway and of the silo in one process; and the silo's moment is told.
        var scrape = await Eventually.HoldsAsync(
            "readiness and the silo are told", "1", () => Scrape.OfAsync(metrics),
            seen => seen.Text.Contains("seckill_ready{check=\"redis\"", StringComparison.Ordinal) && seen.Sum("seckill_silos") == 1, _limit);
        foreach (var line in new[]
        {
            """seckill_claims_total{outcome="undecided"} 0""", """seckill_rejected_total{limit="accounts"} 0""", """seckill_rejected_total{limit="hashing-waiting"} 0""",
            """seckill_wins_lost_total{reason="forgotten"} 0""", """seckill_ready{check="redis"} 1""",
        })
        {
            Assert.Contains(scrape.Text.Split('\n'), sample => sample.StartsWith(line, StringComparison.Ordinal));
        }
        Assert.Contains($$"""seckill_build_info{commit="{{ProductVersion.Commit}}",version="{{ProductVersion.Number}}"} 1""", scrape.Text, StringComparison.Ordinal);
        Assert.Contains($"service_version=\"{ProductVersion.Text}\"", scrape.Text, StringComparison.Ordinal);
        Assert.InRange(scrape.Text.Length, 1, 64 * 1024);

        await deployment.StopAsync();
        var entries = (await File.ReadAllLinesAsync(log, TestContext.Current.CancellationToken)).Select(line => JsonDocument.Parse(line).RootElement).ToList();
        var entry = Assert.Single(entries, one => one.GetProperty("Message").GetString()!.StartsWith("Warm-up:", StringComparison.Ordinal));
        Assert.Equal("Information", entry.GetProperty("LogLevel").GetString());
        Assert.Equal(0, entry.GetProperty("State").GetProperty("Failed").GetInt32());
        Assert.Contains(entries, one => one.GetProperty("Message").GetString()!.StartsWith($"SecKill {ProductVersion.Text} listens on ", StringComparison.Ordinal));
        // Days later, and from several machines, the moment must still be told.
        Assert.All(entries, one => Assert.Matches(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$", one.GetProperty("Timestamp").GetString()!));
        Assert.InRange(entry.GetProperty("Timestamp").GetDateTimeOffset(), began, DateTimeOffset.UtcNow);
    }
}
