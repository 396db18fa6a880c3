using Microsoft.Extensions.Logging.Abstractions;
using SecKill.ServiceDefaults.Logs;
using StackExchange.Redis;

namespace SecKill.Embedded;

/// <summary>
/// The Redis of the embedded mode: Garnet inside this process, on a free loopback port, behind a password of the data
/// folder. What was committed (COMMITAOF, see StockServer) survives the death of the process. Start it before the host is built, dispose of it
/// after the host has stopped.
/// </summary>
public sealed partial class EmbeddedRedis : IDisposable
{
    /// <summary>Bytes above which the log is rewritten at start, unless most of it is live: 256 MiB.</summary>
    public const long DefaultRewriteAbove = 256L << 20;

    private readonly GarnetProcess _garnet;

    private EmbeddedRedis(GarnetProcess garnet) => _garnet = garnet;

    /// <summary>The TCP port on 127.0.0.1.</summary>
    public int Port => _garnet.Port;

    /// <summary>Configuration string for StackExchange.Redis. Holds the password: not for logs.</summary>
    public string Configuration => _garnet.Configuration;

    /// <summary>Recovers what the folder holds and starts to listen; a log grown too large is rewritten first.</summary>
    /// <param name="data">Where the log and the password are kept; stays the caller's to dispose of.</param>
    /// <param name="loggers">Where Garnet logs to; nowhere if null.</param>
    /// <param name="rewriteAbove">Bytes above which the log is rewritten, at least 0.</param>
    /// <exception cref="DataFolderException">The log in force is unknown or cannot be read to its last commit.</exception>
    public static async Task<EmbeddedRedis> StartAsync(DataFolder data, ILoggerFactory? loggers = null, long rewriteAbove = DefaultRewriteAbove)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentOutOfRangeException.ThrowIfNegative(rewriteAbove);
        loggers ??= NullLoggerFactory.Instance;
        var password = data.ReadOrCreateSecret("redis.secret", 32);
        var log = new RedisLog(data.RedisFolder);
        var garnet = GarnetProcess.Start(log.Current, password, loggers);
        if (!log.WantsRewrite(rewriteAbove))
            return new EmbeddedRedis(garnet);
        var before = log.Size;
        var logger = loggers.CreateLogger<EmbeddedRedis>();
        long keys;
        try
        {
            // Checkpoints would also bound the log, but lose data in Garnet 2.2.8 (see GarnetProcess); a copy of the
            // live keys into a fresh log relies on nothing but what a restart relies on anyway.
            using var fresh = GarnetProcess.Start(log.Next, password, loggers);
            keys = await RedisCopy.AllAsync(garnet.Configuration, fresh.Configuration);
            await fresh.CommitAsync();
        }
        catch (Exception e)
        {
            // Not fatal: a large log is only slow to start from.
            LogNotRewritten(logger, e, log.Current);
            return new EmbeddedRedis(garnet);
        }
        garnet.Dispose();
        log.Switch();
        var after = log.Size;
        LogRewritten(logger, keys, before, after);
        return new EmbeddedRedis(GarnetProcess.Start(log.Current, password, loggers));
    }

    /// <summary>Returns once all writes are on disk; free if they are already.</summary>
    /// <exception cref="Exception">
    /// The log could not be written, now or before. Garnet then never writes it again, even with room: only a restart helps.
    /// </exception>
    internal Task CommitAsync() => _garnet.CommitAsync();

    /// <summary>Whether it holds any key.</summary>
    public async Task<bool> HasDataAsync()
    {
        await using var connection = await ConnectionMultiplexer.ConnectAsync(Configuration);
        return await connection.GetServers().Single().DatabaseSizeAsync() > 0;
    }

    /// <summary>Stops listening and closes the log. What was not committed is lost.</summary>
    public void Dispose() => _garnet.Dispose();

    [LoggerMessage(EventIds.RewriteFailed, LogLevel.Warning, "Could not rewrite the Redis log '{Log}'; it is used as it is, and the next start will try again")]
    private static partial void LogNotRewritten(ILogger logger, Exception reason, string log);

    [LoggerMessage(EventIds.Rewritten, LogLevel.Information, "Rewrote the Redis log at start: {Keys} keys, {Before} bytes became {After}")]
    private static partial void LogRewritten(ILogger logger, long keys, long before, long after);
}
