using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace SecKill.ServiceDefaults.HealthChecks;

/// <summary>The health endpoints of gateways and silos, and the probe that containers without curl use. See docs/operations.md.</summary>
public static class Health
{
    /// <summary>Whether the process runs; it asks nobody else, so that a dead Redis does not get every process restarted.</summary>
    public const string LivePath = "/health/live";

    /// <summary>Whether the process can do its work now; 503 with the reason if not.</summary>
    public const string ReadyPath = "/health/ready";

    /// <summary>Whether the process has completed its start; it asks nobody else, so that once it is 200 it stays so.</summary>
    public const string StartupPath = "/health/startup";

    private const string StartupTag = "startup";

    /// <summary>Adds the checks that every process has; what it depends on is added by itself.</summary>
    public static IHealthChecksBuilder AddHealth(this IServiceCollection services) => services.AddHealthChecks().AddCheck<StartCheck>("startup", tags: [StartupTag]);

    /// <summary>Maps the endpoints, open to everybody.</summary>
    /// <param name="app">The program.</param>
    /// <param name="describe">Gets each path and its mapping, to say more about it.</param>
    public static void MapHealth(this WebApplication app, Action<string, IEndpointConventionBuilder>? describe = null)
    {
        Map(LivePath, _ => false);
        Map(ReadyPath, IsOfReadiness);
        Map(StartupPath, check => check.Tags.Contains(StartupTag));

        void Map(string path, Func<HealthCheckRegistration, bool> isAsked)
        {
            var route = app.MapHealthChecks(path, new HealthCheckOptions { Predicate = isAsked, ResponseWriter = WriteAsync });
            describe?.Invoke(path, route);
        }
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

    /// <summary>Whether readiness depends on a check.</summary>
    internal static bool IsOfReadiness(HealthCheckRegistration check) => !check.Tags.Contains(StartupTag);

    private static Task WriteAsync(HttpContext context, HealthReport report) => context.Response.WriteAsJsonAsync(new HealthAnswer(
        report.Status.ToString(),
        report.Entries.ToDictionary(entry => entry.Key, entry => entry.Value.Description ?? entry.Value.Status.ToString())));

    /// <summary>Whether the host has started all that it runs.</summary>
    private sealed class StartCheck(IHostApplicationLifetime host) : IHealthCheck
    {
        public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
            Task.FromResult(host.ApplicationStarted.IsCancellationRequested ? HealthCheckResult.Healthy() : HealthCheckResult.Unhealthy("It is starting."));
    }
}

/// <summary>What a health endpoint answers.</summary>
/// <param name="Status"><c>Healthy</c>, or <c>Unhealthy</c> with status 503.</param>
/// <param name="Checks">What was looked at, and in words what was found; no word of it is a secret.</param>
public sealed record HealthAnswer(string Status, IReadOnlyDictionary<string, string> Checks);
