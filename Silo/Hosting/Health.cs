using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace SecKill.Silo.Hosting;

/// <summary>The health endpoints of gateways and silos, and the probe that containers without curl use.</summary>
public static class Health
{
    /// <summary>Whether the process runs; it asks nobody else, so that a dead Redis does not get every process restarted.</summary>
    public const string LivePath = "/health/live";

    /// <summary>Whether the process can do its work now; 503 with the reason if not.</summary>
    public const string ReadyPath = "/health/ready";

    /// <summary>Maps both endpoints, open to everybody.</summary>
    public static void MapHealth(this WebApplication app)
    {
        var write = async (HttpContext context, HealthReport report) => await context.Response.WriteAsJsonAsync(new
        {
            status = report.Status.ToString(),
            checks = report.Entries.ToDictionary(entry => entry.Key, entry => entry.Value.Description ?? entry.Value.Status.ToString()),
        });
        app.MapHealthChecks(LivePath, new HealthCheckOptions { Predicate = _ => false, ResponseWriter = write });
        app.MapHealthChecks(ReadyPath, new HealthCheckOptions { ResponseWriter = write });
    }

    /// <summary>Makes readiness depend on Redis and SQL.</summary>
    public static IHealthChecksBuilder AddStores(this IHealthChecksBuilder checks, Stores stores) => checks
        .AddCheck("redis", new PingCheck(_ => stores.Stock.PingAsync()))
        .AddCheck("sql", new PingCheck(stores.Ledger.PingAsync));

    /// <summary>The program <c>--probe URL</c>: asks a health endpoint.</summary>
    /// <returns>The exit code: 0 where it answers 200, else 1.</returns>
    public static async Task<int> ProbeAsync(string url)
    {
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(5) };
        try
        {
            using var answer = await http.GetAsync(new Uri(url));
            Console.WriteLine(await answer.Content.ReadAsStringAsync());
            return answer.IsSuccessStatusCode ? 0 : 1;
        }
        catch (Exception fault) when (fault is HttpRequestException or TaskCanceledException or UriFormatException)
        {
            await Console.Error.WriteLineAsync($"{url}: {fault.Message}");
            return 1;
        }
    }

    private sealed class PingCheck(Func<CancellationToken, Task> ping) : IHealthCheck
    {
        public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
        {
            try
            {
                await ping(cancellationToken).WaitAsync(TimeSpan.FromSeconds(2), cancellationToken);
                return HealthCheckResult.Healthy();
            }
            catch (Exception fault) when (fault is not OperationCanceledException)
            {
                return HealthCheckResult.Unhealthy(fault.Message);
            }
        }
    }
}
