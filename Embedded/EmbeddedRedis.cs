using StackExchange.Redis;

namespace SecKill.Embedded;

/// <summary>
/// The Redis of the embedded mode: Garnet inside this process, on a free loopback port, behind a password of the data
/// folder. What was committed (COMMITAOF, see StockServer) survives the death of the process.
/// </summary>
/// <param name="data">Where the log and the password are kept; stays the caller's to dispose of.</param>
/// <param name="loggers">Where Garnet logs to.</param>
public sealed partial class EmbeddedRedis(DataFolder data, ILoggerFactory loggers) : IDisposable
{
    /// <summary>Bytes above which the log is rewritten at start, unless most of it is live: 256 MiB.</summary>
    public const long DefaultRewriteAbove = 256L << 20;

    private readonly ILogger _logger = loggers.CreateLogger<EmbeddedRedis>();
    private GarnetProcess? _garnet;

    /// <summary>The TCP port on 127.0.0.1.</summary>
    public int Port => Garnet.Port;

    /// <summary>Configuration string for StackExchange.Redis. Holds the password: not for logs.</summary>
    public string Configuration => Garnet.Configuration;

    /// <exception cref="InvalidOperationException">It is not started yet.</exception>
    private GarnetProcess Garnet => _garnet ?? throw new InvalidOperationException("The embedded Redis is not started yet.");

    /// <summary>Starts it for a silo, whose ledger must be there if it holds data.</summary>
    /// <returns><see cref="Configuration"/>.</returns>
    /// <exception cref="ConfigurationException">The data folder cannot be used.</exception>
    public async Task<string> StartWithLedgerAsync()
    {
        await StartAsync();
        return File.Exists(data.LedgerFile) || !await HasDataAsync()
            ? Configuration
            : throw DataFolder.Fault($"'{data.LedgerFile}' is missing beside a Redis log that holds data. Restore it, or choose another folder; see docs/operating/backup.md.");
    }

    /// <summary>Recovers what the folder holds and starts to listen; a log grown too large is rewritten first.</summary>
    /// <param name="rewriteAbove">Bytes above which the log is rewritten, at least 0.</param>
    /// <exception cref="ConfigurationException">The log in force is unknown or cannot be read to its last commit.</exception>
    public async Task StartAsync(long rewriteAbove = DefaultRewriteAbove)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(rewriteAbove);
        var password = data.ReadOrCreateSecret("redis.secret", 32);
        var log = new RedisLog(data.RedisFolder);
        _garnet = GarnetProcess.Start(log.Current, password, loggers);
        if (!log.WantsRewrite(rewriteAbove))
            return;
        var before = log.Size;
        long keys;
        try
        {
            // Checkpoints would also bound the log, but lose data in Garnet 2.2.8 (see GarnetProcess); a copy of the
            // live keys into a fresh log relies on nothing but what a restart relies on anyway.
            using var fresh = GarnetProcess.Start(log.Next, password, loggers);
            keys = await RedisCopy.AllAsync(Configuration, fresh.Configuration);
            await fresh.CommitAsync();
        }
        catch (Exception e)
        {
            // Not fatal: a large log is only slow to start from.
            LogNotRewritten(e, log.Current);
            return;
        }
        _garnet.Dispose();
        log.Switch();
        var after = log.Size;
        LogRewritten(keys, before, after);
        _garnet = GarnetProcess.Start(log.Current, password, loggers);
    }

    /// <summary>Returns once all writes are on disk; free if they are already.</summary>
    /// <exception cref="Exception">
    /// The log could not be written, now or before. Garnet then never writes it again, even with room: only a restart helps.
    /// </exception>
    internal Task CommitAsync() => Garnet.CommitAsync();

    /// <summary>Whether it holds any key.</summary>
    private async Task<bool> HasDataAsync()
    {
        await using var connection = await ConnectionMultiplexer.ConnectAsync(Configuration);
        return await connection.GetServers().Single().DatabaseSizeAsync() > 0;
    }

    /// <summary>Stops listening and closes the log. What was not committed is lost.</summary>
    public void Dispose() => _garnet?.Dispose();

    [LoggerMessage(EventIds.RewriteFailed, LogLevel.Warning, "Could not rewrite the Redis log '{Log}'; it is used as it is, and the next start will try again")]
    private partial void LogNotRewritten(Exception reason, string log);

    [LoggerMessage(EventIds.Rewritten, LogLevel.Information, "Rewrote the Redis log at start: {Keys} keys, {Before} bytes became {After}")]
    private partial void LogRewritten(long keys, long before, long after);
}
