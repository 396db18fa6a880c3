using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using SecKill.ServiceDefaults.HealthChecks;

namespace SecKill.Grains.Hosting;

/// <summary>What the readiness of a process with a silo depends on.</summary>
public static class SiloReadiness
{
    /// <summary>Makes readiness depend on Redis and SQL: both must answer and accept writes.</summary>
    public static IHealthChecksBuilder AddStores(this IHealthChecksBuilder checks, Stores stores, ILoggerFactory loggers)
    {
        ArgumentNullException.ThrowIfNull(stores);
        var logger = loggers.CreateLogger(typeof(Health));
        return checks
            .AddCheck("redis", new StoreCheck("Redis", _ => stores.Stock.ProbeAsync(), logger))
            .AddCheck("sql", new StoreCheck("SQL", stores.Ledger.PingAsync, logger));
    }

    /// <summary>Makes readiness depend on this silo's cluster membership.</summary>
    public static IHealthChecksBuilder AddSiloMembership(this IHealthChecksBuilder checks) => checks.AddCheck<SiloCheck>("silo");
}
