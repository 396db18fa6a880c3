using Microsoft.Data.Sqlite;
using SecKill.Grains.Hosting;
using SecKill.ServiceDefaults.Configuration;

namespace SecKill.Embedded;

/// <summary>Redis (Garnet) and SQL (SQLite) in this process, with the data in one folder.</summary>
internal sealed class EmbeddedStores : IAsyncDisposable
{
    private const string SigningKey = "Auth:SigningKey";

    private readonly DataFolder _data;
    private readonly EmbeddedRedis _redis;

    private EmbeddedStores(DataFolder data, EmbeddedRedis redis, Stores stores)
    {
        _data = data;
        _redis = redis;
        Stores = stores;
    }

    /// <summary>The stores for the silo in this process.</summary>
    public Stores Stores { get; }

    /// <summary>The data folder's path.</summary>
    public string DataPath => _data.Root;

    /// <summary>The Redis in this process.</summary>
    public EmbeddedRedis Redis => _redis;

    /// <summary>The port of the Redis in this process, on loopback.</summary>
    public int RedisPort => _redis.Port;

    /// <summary>Opens the data folder and starts the stores in it.</summary>
    /// <exception cref="ConfigurationException">The folder cannot be used.</exception>
    public static async Task<EmbeddedStores> OpenAsync(IConfigurationManager configuration, ILoggerFactory loggers, CancellationToken cancellation)
    {
        DataFolder? data = null;
        EmbeddedRedis? redis = null;
        try
        {
            data = new DataFolder(configuration.Read<DataOptions>().Folder is { Length: > 0 } folder ? folder : "data");
            if (string.IsNullOrEmpty(configuration[SigningKey]))
                configuration[SigningKey] = data.ReadOrCreateSecret("signing.key", 32);
            redis = await EmbeddedRedis.StartAsync(data, loggers);
            if (!File.Exists(data.LedgerFile) && await redis.HasDataAsync())
                throw new DataFolderException($"'{data.LedgerFile}' is missing beside a Redis log that holds data. Restore it, or choose another folder; see docs/operating/backup.md.");
            var service = configuration.Read<ClusterNames>().ServiceId;
            var stores = await Stores.OpenEmbeddedAsync(redis.Configuration, data.LedgerFile, service, loggers, cancellation);
            return new EmbeddedStores(data, redis, stores);
        }
        catch (Exception fault)
        {
            redis?.Dispose();
            data?.Dispose();
            if (fault is DataFolderException)
                throw new ConfigurationException($"Data:Folder: {fault.Message}", fault);
            if (fault is SqliteException)
                throw new ConfigurationException($"Data:Folder: '{data!.LedgerFile}' cannot be used: {fault.Message}", fault);
            throw;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await Stores.DisposeAsync();
        _redis.Dispose();
        _data.Dispose();
    }
}
