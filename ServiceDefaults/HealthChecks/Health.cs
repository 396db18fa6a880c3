namespace SecKill.ServiceDefaults.HealthChecks;

/// <summary>The health endpoints of gateways and silos, and the probe that containers without curl use. See docs/operating/operations.md.</summary>
public static class Health
{
    /// <summary>Whether the process runs; checks no dependency, so that a dead Redis does not get every process restarted.</summary>
    public const string LivePath = "/health/live";

    /// <summary>Whether the process can do its work now; 503 with the reason if not.</summary>
    public const string ReadyPath = "/health/ready";

    /// <summary>Whether the process has started; checks no dependency, so that once 200 it stays 200.</summary>
    public const string StartupPath = "/health/startup";

    /// <summary>Why it has not started yet.</summary>
    public const string Starting = "It is starting.";

    /// <summary>The text of a silo that is alone in its cluster.</summary>
    public const string OnlySilo = "Active, the only silo.";

    private const string StartupTag = "startup";

    private static readonly string[] _methods = [HttpMethods.Get, HttpMethods.Head];

    /// <summary>Adds the checks common to all processes; dependencies are added separately.</summary>
    public static IHealthChecksBuilder AddHealth(this IServiceCollection services) => services.AddHealthChecks().AddCheck<StartCheck>("startup", tags: [StartupTag]);

    /// <summary>Maps the endpoints, without authentication.</summary>
    /// <param name="app">The program.</param>
    /// <param name="describe">Gets each path and its mapping, to say more about it.</param>
    public static void MapHealth(this WebApplication app, Action<string, RouteHandlerBuilder>? describe = null)
    {
        Map(LivePath, LiveAsync);
        Map(ReadyPath, ReadyAsync);
        Map(StartupPath, StartupAsync);

        void Map(string path, Func<HttpContext, HealthCheckService, Task<IResult>> handler)
        {
            var route = app.MapMethods(path, _methods, handler);
            describe?.Invoke(path, route);
        }
    }

    /// <summary>Does the process run?</summary>
    /// <remarks>It asks nothing else, so that a dead Redis does not get every process restarted.</remarks>
    /// <response code="200">It runs.</response>
    public static Task<IResult> LiveAsync(HttpContext context, HealthCheckService checks) => ReportAsync(context, checks, _ => false);

    /// <summary>Can it do its work now?</summary>
    /// <remarks>Each thing that it needs, with a reason in words if that fails. Send it no requests while this is 503.</remarks>
    /// <response code="200">It can.</response>
    /// <response code="503">It cannot, for these reasons.</response>
    public static Task<IResult> ReadyAsync(HttpContext context, HealthCheckService checks) => ReportAsync(context, checks, IsOfReadiness);

    /// <summary>Has it started?</summary>
    /// <remarks>200 once the start is complete, and from then on, whatever happens to others. Before, it is 503, or the port is closed.</remarks>
    /// <response code="200">It has.</response>
    /// <response code="503">Not yet.</response>
    public static Task<IResult> StartupAsync(HttpContext context, HealthCheckService checks) =>
        ReportAsync(context, checks, check => check.Tags.Contains(StartupTag));

    /// <summary>The program <c>--probe URL</c>: asks a health endpoint.</summary>
    /// <returns>The exit code: 0 on 200, else 1.</returns>
    public static async Task<int> ProbeAsync(string url)
    {
        // No proxy: a container may have proxy variables, but this call is local.
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

    private static async Task<IResult> ReportAsync(HttpContext context, HealthCheckService checks, Func<HealthCheckRegistration, bool> isAsked)
    {
        context.Response.Headers.CacheControl = "no-store";
        var report = await checks.CheckHealthAsync(isAsked, context.RequestAborted);
        return TypedResults.Json(
            new HealthAnswer(report.Status.ToString(), report.Entries.ToDictionary(entry => entry.Key, entry => entry.Value.Description ?? entry.Value.Status.ToString())),
            statusCode: report.Status == HealthStatus.Unhealthy ? StatusCodes.Status503ServiceUnavailable : StatusCodes.Status200OK);
    }

    /// <summary>Whether the host has started all its services.</summary>
    private sealed class StartCheck(IHostApplicationLifetime host) : IHealthCheck
    {
        public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
            Task.FromResult(host.ApplicationStarted.IsCancellationRequested ? HealthCheckResult.Healthy() : HealthCheckResult.Unhealthy(Starting));
    }
}

/// <summary>What a health endpoint answers.</summary>
/// <param name="Status"><c>Healthy</c>, or <c>Unhealthy</c> with status 503.</param>
/// <param name="Checks">What was looked at, and in words what was found; no word of it is a secret.</param>
public sealed record HealthAnswer(string Status, IReadOnlyDictionary<string, string> Checks);
