using System.Data.Common;
using Microsoft.Data.Sqlite;
using Orleans.Configuration;
using SecKill.ServiceDefaults.Hosting;

namespace SecKill.Grains.Hosting;

/// <summary>
/// Where Redis is: the seam between a cluster, which has one elsewhere, and the embedded mode, which starts one in this process.
/// </summary>
/// <returns>The connection string.</returns>
public delegate Task<string> RedisSource();

/// <summary>
/// Opens Redis and SQL before any service of the host starts, and closes them after all have stopped: the first claim must not pay for a
/// connection, and a process that cannot reach them must fail its start.
/// </summary>
public sealed partial class Stores(
    RedisSource source, StockServer stock, ILedger ledger, IOptions<ClusterOptions> cluster, IOptions<ClusterNames> names, TimeProvider time, ILogger<Stores> logger)
    : IHostedLifecycleService, IAsyncDisposable
{
    private static readonly TimeSpan _timeout = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan _pause = TimeSpan.FromSeconds(1);

    private ConnectionMultiplexer? _clusterRedis;

    /// <summary>
    /// Orleans' connection to Redis: members and reminders. Separate from the stock's, whose scripts they would wait for; and only one,
    /// because after a Sentinel fail-over each connection blocks threads.
    /// </summary>
    /// <exception cref="InvalidOperationException">The stores are not open yet.</exception>
    public IConnectionMultiplexer ClusterRedis => _clusterRedis ?? throw new InvalidOperationException("The stores are not open yet.");

    /// <summary>Opens them, waiting up to a minute for each to come up.</summary>
    /// <exception cref="ConfigurationException">A connection string is invalid, a store did not answer, or the stores belong to another deployment, or programs of another
    /// protocol number run.</exception>
    public async Task StartingAsync(CancellationToken cancellationToken)
    {
        var redis = await source();
        var crossed = false;
        var others = new OtherPrograms(RedisSettings.ForOrleans(redis, "seckill-upgrade"), names.Value, time);
        await WaitForAsync("SQL", () => ledger.PrepareAsync(cancellationToken, CrossAsync).WaitAsync(SqlLedger.UpgradeTimeout, time, cancellationToken), cancellationToken);
        await WaitForAsync("Redis", () => stock.OpenAsync(redis), cancellationToken);
        await WaitForAsync("Redis or SQL", () => DeploymentCheck.MarkAsync(stock, ledger, cluster.Value.ServiceId), cancellationToken);
        // Again, for a silo that had looked at the stores just before they were changed.
        await WaitForAsync("Redis", () => crossed ? others.ThrowIfAnyOfServiceAsync(cancellationToken) : others.ThrowIfAnyAsync(cancellationToken), cancellationToken);
        _clusterRedis = await ConnectionMultiplexer.ConnectAsync(RedisSettings.ForOrleans(redis, "seckill-cluster"));

        Task CrossAsync()
        {
            crossed = true;
            return WaitForAsync("Redis", () => others.ThrowIfAnyOfServiceAsync(cancellationToken), cancellationToken);
        }
    }

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_clusterRedis is not null)
            await _clusterRedis.DisposeAsync();
        await stock.DisposeAsync();
        SqliteConnection.ClearAllPools();
    }

    private async Task WaitForAsync(string what, Func<Task> open, CancellationToken cancellation)
    {
        var began = time.GetTimestamp();
        while (true)
        {
            try
            {
                await open().WaitAsync(cancellation);
                return;
            }
            catch (NotSupportedException fault)
            {
                throw new ConfigurationException(fault.Message, fault);
            }
            catch (Exception fault) when (fault is RedisException or DbException or UnavailableException or TimeoutException)
            {
                if (time.GetElapsedTime(began) > _timeout)
                    throw new ConfigurationException($"{what} has not answered for {_timeout.TotalSeconds:0} s: {ReasonOf(fault)}", fault);
                LogWaiting(what, ReasonOf(fault));
                await Task.Delay(_pause, time, cancellation);
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
    private partial void LogWaiting(string what, string reason);
}
