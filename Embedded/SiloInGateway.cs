using Microsoft.Extensions.Options;
using SecKill.Grains.Hosting;
using SecKill.Grains.Ledger;

namespace SecKill.Embedded;

/// <summary>A silo in the gateway's process: the only one, with its stores (embedded mode), or one of a cluster (<c>Silo:CoHosted</c>).</summary>
public static class SiloInGateway
{
    /// <summary>The options classes that the silo reads.</summary>
    public static IReadOnlyList<Type> Settings => SiloHosting.Settings;

    /// <summary>Adds a silo of a cluster.</summary>
    /// <exception cref="ConfigurationException">A port of the silo is taken.</exception>
    public static void AddCoHostedSilo(this WebApplicationBuilder builder) => builder.AddClusterSilo();

    /// <summary>Adds the only silo, with Redis (Garnet) and SQL (SQLite) in this process and their data in one folder.</summary>
    public static void AddOnlySilo(this WebApplicationBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        var (configuration, services) = (builder.Configuration, builder.Services);
        // No other gateway could take over.
        configuration["Shutdown:Grace"] ??= "00:00:00";
        // Garnet logs a log that cannot be written by a stack trace a commit; LogWatch logs it once.
        configuration["Logging:LogLevel:Session"] ??= "None";
        configuration["Logging:LogLevel:StoreWrapper"] ??= "None";
        services.AddSingleton(provider => new DataFolder(provider.GetRequiredService<IOptions<DataOptions>>().Value.Folder));
        services.AddSingleton<EmbeddedRedis>();
        services.AddSingleton<RedisSource>(provider => provider.GetRequiredService<EmbeddedRedis>().StartWithLedgerAsync);
        services.AddSingleton<SqlLedger>(provider => ActivatorUtilities.CreateInstance<SqliteLedger>(provider, provider.GetRequiredService<DataFolder>().LedgerFile));
        builder.AddEmbeddedSilo();
        services.AddHostedService<LogWatch>();
    }

    /// <summary>Makes readiness depend on the silo and its stores.</summary>
    public static IHealthChecksBuilder AddSiloInGateway(this IHealthChecksBuilder checks) => checks.AddSilo();
}
