using SecKill.Grains.Hosting;
using SecKill.ServiceDefaults.Configuration;

namespace SecKill.Embedded;

/// <summary>
/// A silo in the gateway's process: the only one, with its stores (embedded mode), or one of a cluster (<c>Silo:CoHosted</c>).
/// Opened before the host is built and closed after it has stopped.
/// </summary>
public sealed class SiloInGateway : IAsyncDisposable
{
    private readonly EmbeddedStores? _embedded;
    private readonly Stores _stores;

    private SiloInGateway(EmbeddedStores? embedded, Stores stores) => (_embedded, _stores) = (embedded, stores);

    /// <summary>The options classes that the silo reads.</summary>
    public static IReadOnlyList<Type> Settings => SiloHosting.Settings;

    /// <summary>The data folder's path; null where the silo is one of a cluster.</summary>
    public string? DataPath => _embedded?.DataPath;

    /// <summary>The port of the Redis in this process, on loopback; 0 where there is none.</summary>
    public int RedisPort => _embedded?.RedisPort ?? 0;

    /// <summary>Checks the settings and ports of the silo before anything is opened.</summary>
    /// <exception cref="ConfigurationException">A setting is wrong, or a port is taken.</exception>
    public static void Check(IConfigurationManager configuration, bool isEmbedded)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        configuration.CheckSiloSettings();
        if (!isEmbedded)
        {
            configuration.Read<SiloSettings>().RefuseTakenPorts();
            return;
        }
        // No other gateway could take over.
        configuration["Shutdown:Grace"] ??= "00:00:00";
        // Garnet logs a log that cannot be written by a stack trace a commit; LogWatch logs it once.
        configuration["Logging:LogLevel:Session"] ??= "None";
        configuration["Logging:LogLevel:StoreWrapper"] ??= "None";
    }

    /// <summary>Opens the stores and adds the silo to the host.</summary>
    /// <exception cref="ConfigurationException">The data folder or a store cannot be used.</exception>
    public static async Task<SiloInGateway> AddAsync(WebApplicationBuilder builder, bool isEmbedded, ILoggerFactory loggers, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(builder);
        if (!isEmbedded)
        {
            var stores = await Stores.ConnectAsync(builder.Configuration, loggers, cancellation);
            builder.AddClusterSilo(stores);
            return new SiloInGateway(null, stores);
        }
        var embedded = await EmbeddedStores.OpenAsync(builder.Configuration, loggers, cancellation);
        builder.AddEmbeddedSilo(embedded.Stores);
        builder.Services.AddSingleton(embedded.Redis);
        builder.Services.AddHostedService<LogWatch>();
        return new SiloInGateway(embedded, embedded.Stores);
    }

    /// <summary>Makes readiness depend on the silo and its stores.</summary>
    public void AddReadiness(IHealthChecksBuilder checks, ILoggerFactory loggers) => checks.AddStores(_stores, loggers).AddSiloMembership();

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _embedded?.DisposeAsync() ?? _stores.DisposeAsync();
}
