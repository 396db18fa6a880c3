using System.Diagnostics;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using MySqlConnector;
using SecKill.Grains.Interfaces;
using SecKill.Grains.Ledger;
using SecKill.Grains.Stock;
using SecKill.ServiceDefaults.Configuration;
using SecKill.ServiceDefaults.Logs;
using StackExchange.Redis;

namespace SecKill.Grains.Hosting;

/// <summary>
/// Redis and SQL, connected before the host is built: the first claim must not pay for a connection, and a process that cannot reach
/// them must fail its start.
/// </summary>
public sealed partial class Stores : IAsyncDisposable
{
    private static readonly TimeSpan _timeout = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan _pause = TimeSpan.FromSeconds(1);

    private Stores(StockServer stock, ILedger ledger, IConnectionMultiplexer clusterRedis, string storageInvariant, string storage)
    {
        Stock = stock;
        Ledger = ledger;
        ClusterRedis = clusterRedis;
        StorageInvariant = storageInvariant;
        Storage = storage;
    }

    /// <summary>The stock.</summary>
    public StockServer Stock { get; }

    /// <summary>The ledger, its schema up to date.</summary>
    public ILedger Ledger { get; }

    /// <summary>
    /// Orleans' connection to Redis: members and reminders. Separate from the stock's, whose scripts they would wait for; and only one,
    /// because after a Sentinel fail-over each connection blocks threads.
    /// </summary>
    public IConnectionMultiplexer ClusterRedis { get; }

    /// <summary>For Orleans' grain storage: the ADO.NET provider.</summary>
    public string StorageInvariant { get; }

    /// <summary>For Orleans' grain storage: the connection string.</summary>
    public string Storage { get; }

    /// <summary>Connects to the Redis and the MySQL of the settings, waiting up to a minute for them to come up.</summary>
    /// <exception cref="ConfigurationException">A connection string is missing or invalid, or a store did not answer.</exception>
    public static Task<Stores> ConnectAsync(IConfiguration configuration, ILoggerFactory loggers, CancellationToken cancellation) => ConnectAsync(
        RedisSettings.Require(configuration), RequireMySql(configuration), configuration.Read<ClusterNames>().ServiceId, loggers, cancellation);

    /// <summary>The MySQL of the settings.</summary>
    /// <exception cref="ConfigurationException">It is missing or cannot be read.</exception>
    public static string RequireMySql(IConfiguration configuration) =>
        CheckMySql(configuration.RequireConnectionString("MySql", "Server=localhost;User ID=seckill;Password=…;Database=seckill"));

    /// <summary>Connects to Redis and MySQL, waiting up to a minute for them to come up.</summary>
    /// <param name="redis">The connection string of Redis.</param>
    /// <param name="mySql">The connection string of MySQL.</param>
    /// <param name="serviceId">The deployment that must own the stores.</param>
    /// <param name="loggers">For logs.</param>
    /// <param name="cancellation">Ends the waiting.</param>
    /// <exception cref="ConfigurationException">A connection string is invalid, a store did not answer, or the stores belong to another deployment.</exception>
    public static async Task<Stores> ConnectAsync(string redis, string mySql, string serviceId, ILoggerFactory loggers, CancellationToken cancellation)
    {
        RedisSettings.Parse(redis);
        var ledger = new MySqlLedger(CheckMySql(mySql)) { Logger = loggers.CreateLogger<SqlLedger>() };
        return await OpenAsync(redis, ledger, "MySql.Data.MySqlConnector", MySqlLedger.Complete(mySql), serviceId, loggers, cancellation);
    }

    /// <summary>Opens the stores of the embedded mode.</summary>
    /// <param name="redis">How to reach the Redis in this process.</param>
    /// <param name="sqliteFile">The database file.</param>
    /// <param name="serviceId">The deployment that must own the stores.</param>
    /// <param name="loggers">For logs.</param>
    /// <param name="cancellation">Ends the waiting.</param>
    public static Task<Stores> OpenEmbeddedAsync(string redis, string sqliteFile, string serviceId, ILoggerFactory loggers, CancellationToken cancellation) =>
        OpenAsync(
            redis, new SqliteLedger(sqliteFile) { Logger = loggers.CreateLogger<SqlLedger>() }, "System.Data.SQLite",
            SqliteLedger.ConnectionString(sqliteFile, pooling: false), serviceId, loggers, cancellation);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await ClusterRedis.DisposeAsync();
        await Stock.DisposeAsync();
        SqliteConnection.ClearAllPools();
    }

    private static string CheckMySql(string mySql)
    {
        try
        {
            var builder = new MySqlConnectionStringBuilder(mySql);
            return builder.Database.Length > 0
                ? mySql
                : throw new ConfigurationException(
                    "ConnectionStrings:MySql names no database. Example: Server=localhost;User ID=seckill;Password=…;Database=seckill");
        }
        catch (ArgumentException)
        {
            // As above: a password may end early at a semicolon.
            throw new ConfigurationException(
                "ConnectionStrings:MySql cannot be read: an option is unknown or has a wrong value. A password with a semicolon needs quotes. Example: Server=localhost;User ID=seckill;Password='…';Database=seckill");
        }
    }

    private static async Task<Stores> OpenAsync(
        string redis, SqlLedger ledger, string invariant, string storage, string serviceId, ILoggerFactory loggers, CancellationToken cancellation)
    {
        var logger = loggers.CreateLogger<Stores>();
        await WaitForAsync("SQL", logger, async () =>
        {
            await ledger.PrepareAsync(cancellation).WaitAsync(SqlLedger.UpgradeTimeout, cancellation);
            return true;
        }, cancellation);
        var stock = await WaitForAsync(
            "Redis", logger, () => StockServer.ConnectAsync(redis, loggers.CreateLogger<StockServer>()), cancellation);
        try
        {
            await WaitForAsync("Redis or SQL", logger, async () =>
            {
                await DeploymentCheck.MarkAsync(stock, ledger, serviceId);
                return true;
            }, cancellation);
        }
        catch
        {
            await stock.DisposeAsync();
            throw;
        }
        return new Stores(stock, ledger, await ConnectionMultiplexer.ConnectAsync(RedisSettings.ForOrleans(redis, "seckill-cluster")), invariant, storage);
    }

    private static async Task<T> WaitForAsync<T>(string what, ILogger logger, Func<Task<T>> connect, CancellationToken cancellation)
    {
        var waited = Stopwatch.StartNew();
        while (true)
        {
            try
            {
                return await connect();
            }
            catch (NotSupportedException fault)
            {
                throw new ConfigurationException(fault.Message, fault);
            }
            catch (Exception fault) when (fault is RedisException or MySqlException or UnavailableException or TimeoutException)
            {
                if (waited.Elapsed > _timeout)
                    throw new ConfigurationException($"{what} has not answered for {_timeout.TotalSeconds:0} s: {ReasonOf(fault)}", fault);
                LogWaiting(logger, what, ReasonOf(fault));
                await Task.Delay(_pause, cancellation);
            }
        }
    }

    /// <summary>With inner messages: "SSL Authentication Error" alone does not tell which certificate was refused, and why.</summary>
    private static string ReasonOf(Exception fault)
    {
        var words = new List<string>();
        for (var cause = fault; cause is not null; cause = cause.InnerException)
        {
            if (!words.Contains(cause.Message))
                words.Add(cause.Message);
        }
        return string.Join(" ", words);
    }

    [LoggerMessage(EventIds.StoreAwaited, LogLevel.Warning, "{What} does not answer yet. {Reason}")]
    private static partial void LogWaiting(ILogger logger, string what, string reason);
}
