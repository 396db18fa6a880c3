using SecKill.Gateway.Hosting;
using SecKill.ServiceDefaults.HealthChecks;

namespace SecKill.Gateway.Docs;

/// <summary>Declares the health endpoints, which are mapped by gateways and silos alike, in the OpenAPI document.</summary>
internal static class HealthSamples
{
    private const string Healthy = "Healthy";

    public static void WithHealthDocs(this RouteHandlerBuilder route, string path)
    {
        route.WithTags(ApiOverview.Health);
        if (path == Health.LivePath)
            route.WithName("healthLive").Answers(Report(200, "live"));
        else if (path == Health.StartupPath)
            route.WithName("healthStartup").Answers(Report(200, "started", ("startup", Healthy)), Report(503, "starting", ("startup", Health.Starting)));
        else
        {
            var silos = ClusterCheck.Words(2);
            route.WithName("healthReady").Answers(
                Report(200, "gateway", ("cluster", silos), ("leaving", Healthy)),
                Report(200, "embedded", ("cluster", Healthy), ("leaving", Healthy), ("redis", Healthy), ("sql", Healthy), ("silo", Health.OnlySilo)),
                Report(503, "no-silo", ("cluster", $"{Revocations.NotRead} {ClusterCheck.Words(0)}"), ("leaving", Healthy)),
                Report(503, "stopping", ("cluster", silos), ("leaving", GracefulShutdown.ToldToStop)));
        }
    }

    private static Reply Report(int status, string name, params (string Check, string Words)[] checks) =>
        new(status, new HealthAnswer(status == 200 ? Healthy : "Unhealthy", checks.ToDictionary(check => check.Check, check => check.Words)), name);
}
