using Microsoft.Extensions.Diagnostics.HealthChecks;
using SecKill.ServiceDefaults.HealthChecks;

namespace SecKill.Grains.Hosting;

/// <summary>What the readiness of a process with a silo depends on.</summary>
public static class SiloReadiness
{
    /// <summary>Makes readiness depend on Redis and SQL, which must answer and accept writes, and on this silo's membership of the cluster.</summary>
    public static IHealthChecksBuilder AddSilo(this IHealthChecksBuilder checks)
    {
        ArgumentNullException.ThrowIfNull(checks);
        checks.AddStore("redis", "Redis", services => _ => services.GetRequiredService<StockServer>().ProbeAsync());
        checks.AddStore("sql", "SQL", services => services.GetRequiredService<ILedger>().PingAsync);
        return checks.AddCheck<SiloCheck>("silo");
    }

    private static void AddStore(this IHealthChecksBuilder checks, string name, string store, Func<IServiceProvider, Func<CancellationToken, Task>> probeOf)
    {
        // One for all readings: it keeps the last answer for a second.
        checks.Services.AddKeyedSingleton(name, (services, _) => new StoreCheck(
            store, probeOf(services), services.GetRequiredService<TimeProvider>(), services.GetRequiredService<ILoggerFactory>().CreateLogger(typeof(Health))));
        checks.Add(new HealthCheckRegistration(name, services => services.GetRequiredKeyedService<StoreCheck>(name), failureStatus: null, tags: null));
    }
}
