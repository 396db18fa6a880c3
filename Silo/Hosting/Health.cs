using System.Diagnostics;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace SecKill.Silo.Hosting;

/// <summary>The health endpoints of gateways and silos, and the probe that containers without curl use.</summary>
public static partial class Health
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
    public static IHealthChecksBuilder AddStores(this IHealthChecksBuilder checks, Stores stores, ILoggerFactory loggers)
    {
        var logger = loggers.CreateLogger(typeof(Health));
        return checks
            .AddCheck("redis", new PingCheck("Redis", _ => stores.Stock.PingAsync(), logger))
            .AddCheck("sql", new PingCheck("SQL", stores.Ledger.PingAsync, logger));
    }

    /// <summary>The program <c>--probe URL</c>: asks a health endpoint.</summary>
    /// <returns>The exit code: 0 where it answers 200, else 1.</returns>
    public static async Task<int> ProbeAsync(string url)
    {
        // A container may have proxy variables for its way out; this goes to itself.
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { Timeout = TimeSpan.FromSeconds(5) };
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

    /// <summary>Asks a store, at most once a second however often it is asked itself; the reason stays in the log.</summary>
    private sealed partial class PingCheck(string store, Func<CancellationToken, Task> ping, ILogger logger) : IHealthCheck
    {
        private static readonly TimeSpan _patience = TimeSpan.FromSeconds(2);
        private static readonly TimeSpan _goodFor = TimeSpan.FromSeconds(1);

        private readonly Lock _gate = new();
        private long _asked;
        private Task<HealthCheckResult> _answer = Task.FromResult(HealthCheckResult.Unhealthy());

        public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
        {
            lock (_gate)
            {
                if (_answer.IsCompleted && Stopwatch.GetElapsedTime(_asked) > _goodFor)
                    (_asked, _answer) = (Stopwatch.GetTimestamp(), AskAsync());
                return _answer;
            }
        }

        private async Task<HealthCheckResult> AskAsync()
        {
            try
            {
                await ping(CancellationToken.None).WaitAsync(_patience);
                return HealthCheckResult.Healthy();
            }
            catch (Exception fault) when (fault is not OutOfMemoryException)
            {
                LogNoAnswer(store, fault.Message);
                return HealthCheckResult.Unhealthy("It does not answer.");
            }
        }

        [LoggerMessage(LogLevel.Warning, "Not ready: {Store} does not answer. {Reason}")]
        private partial void LogNoAnswer(string store, string reason);
    }
}
