namespace SecKill.Grains.Stock;

/// <summary>
/// The connection to the Redis that holds the stock, and the scripts loaded there. Scripts run by hash without fallback: a server that was
/// restarted or replaced answers NOSCRIPT, which is the fence. The scripts are then reloaded with a new incarnation, under which no coupon
/// is verified yet.
/// This file connects; <c>StockServer.Calls.cs</c> runs scripts, <c>StockServer.Incarnation.cs</c> knows which ones are loaded,
/// <c>StockServer.Deployment.cs</c> reads and writes the deployment's mark.
/// </summary>
public sealed partial class StockServer : IAsyncDisposable
{
    private readonly ILogger<StockServer> _logger;
    private readonly TimeProvider _time;
    private ConnectionMultiplexer? _open;
    private string? _nonce;

    /// <summary>Makes one that is not connected yet.</summary>
    public StockServer(ILogger<StockServer> logger, TimeProvider time)
    {
        _logger = logger;
        _time = time;
        _gathered = Array.ConvertAll(_all, NewBatcher);
        Lists = new ListStore(this);
    }

    /// <summary>Users' lists of coupons.</summary>
    internal ListStore Lists { get; }

    /// <summary>For commands that read and need no script.</summary>
    internal IDatabase Database => Connection.GetDatabase();

    /// <exception cref="InvalidOperationException">It is not connected yet.</exception>
    private ConnectionMultiplexer Connection => _open ?? throw new InvalidOperationException("The stock's Redis is not connected yet.");

    /// <summary>Connects and loads the scripts, so that no first claim pays for it. Where that fails, it can be tried again.</summary>
    /// <exception cref="RedisConnectionException">Redis cannot be reached.</exception>
    /// <exception cref="UnavailableException">Redis does not answer yet.</exception>
    /// <exception cref="NotSupportedException">Redis is older than 7.0.</exception>
    /// <param name="configuration">The connection string.</param>
    /// <param name="onlyReads">
    /// For a command that only reads and is run often: it loads the same scripts each time, since Redis keeps all that were ever loaded.
    /// <c>LoadOntoAsync</c> tells why a silo must not.
    /// </param>
    public async Task OpenAsync(string configuration, bool onlyReads = false)
    {
        _nonce = onlyReads ? "reader" : null;
        var options = ConfigurationOptions.Parse(configuration);
        options.AbortOnConnectFail = true;
        // For INFO, which tells the run id.
        options.AllowAdmin = true;
        // A claim that finds no connection is undecided at once; waiting in the client's backlog would only make it late.
        options.BacklogPolicy = BacklogPolicy.FailFast;
        options.AsyncTimeout = 2_000;
        // The client looks for what has timed out at each heartbeat: at the usual one a second, that would be up to 3 s.
        options.HeartbeatInterval = TimeSpan.FromMilliseconds(250);
        options.ConnectTimeout = 5_000;
        options.ConfigCheckSeconds = RedisSettings.ConfigCheckSeconds;
        options.ReconnectRetryPolicy = new LinearRetry(250);
        options.ClientName = "seckill-silo";
        var connection = await ConnectionMultiplexer.ConnectAsync(options);
        // The server at the other end may be another one now, or in another role.
        connection.ConnectionRestored += (_, _) => ForgetIncarnations();
        connection.ConfigurationChanged += (_, _) => ForgetIncarnations();
        ForgetIncarnations();
        _open = connection;
        try
        {
            await Guard(async () =>
            {
                foreach (var primary in Primaries())
                    await LoadAsync(primary, refused: null);
            });
        }
        catch
        {
            _open = null;
            await connection.DisposeAsync();
            throw;
        }
    }

    /// <summary>Whether Redis has a key.</summary>
    /// <exception cref="UnavailableException">Redis cannot be reached.</exception>
    internal Task<bool> ExistsAsync(RedisKey key) => Guard(() => Database.KeyExistsAsync(key, CommandFlags.DemandMaster));

    /// <summary>All coupons in Redis; of those that come or go meanwhile, some.</summary>
    /// <exception cref="UnavailableException">Redis cannot be reached.</exception>
    internal Task<List<CouponId>> CouponsAsync() => Guard(async () =>
    {
        var coupons = new List<CouponId>();
        await foreach (var key in CouponKeysAsync())
        {
            if (StockKeys.TryParseCoupon(key, out var id))
                coupons.Add(id);
        }
        return coupons;
    });

    private IAsyncEnumerable<RedisKey> CouponKeysAsync() =>
        Primaries().ToArray().ToAsyncEnumerable().SelectMany(primary => primary.KeysAsync(pattern: StockKeys.AnyCoupon, pageSize: 1000));

    /// <summary>Runs commands that write and need no script, and returns once they are on disk.</summary>
    /// <exception cref="UnavailableException">Redis did not answer; they may have run.</exception>
    internal Task WriteAsync(Func<IDatabase, Task> write) => Guard(() => DurablyAsync(write(Database)));

    /// <summary>
    /// Tests whether Redis takes writes and brings them to disk, as a claim needs it. A ping succeeds also where memory or disk is full, or
    /// replicas are missing. Of a Redis Cluster one node that takes writes is enough.
    /// </summary>
    /// <exception cref="UnavailableException">It does not.</exception>
    public Task ProbeAsync() => Guard(async () =>
    {
        var keys = IsCluster ? StockKeys.Probes : StockKeys.Probes[..1];
        var writes = keys.Select(key => DurablyAsync(Database.StringSetAsync(key, RedisValue.EmptyString, flags: CommandFlags.DemandMaster))).ToList();
        while (writes.Count > 1)
        {
            var done = await Task.WhenAny(writes);
            if (done.IsCompletedSuccessfully)
                return;
            writes.Remove(done);
        }
        await writes[0];
    });

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _open?.DisposeAsync() ?? ValueTask.CompletedTask;

    /// <summary>Turns every failure of Redis, and every refusal, into an <see cref="UnavailableException"/>.</summary>
    internal static async Task<T> Guard<T>(Func<Task<T>> action)
    {
        try
        {
            return await action();
        }
        catch (Exception fault) when (fault is RedisException or RedisCommandException or TimeoutException or ObjectDisposedException)
        {
            // A refusal (no memory, no replica, a full disk, no rights) is an answer, and sends operators elsewhere than silence.
            throw new UnavailableException($"Redis {(fault is RedisServerException ? "refused" : "did not answer")}: {fault.Message}");
        }
    }

    /// <summary>
    /// Redis (<c>appendfsync always</c>) answers once a write is on disk. Garnet, too, can wait by itself (WaitForCommit), but does
    /// so after each write inside a script; told to commit right behind the script, it waits once for all of them.
    /// </summary>
    private async Task DurablyAsync(Task writing)
    {
        if (_isGarnet)
            await Task.WhenAll(writing, Database.ExecuteAsync("COMMITAOF"));
        else
            await writing;
    }

    /// <inheritdoc cref="Guard{T}"/>
    internal static Task Guard(Func<Task> action) => Guard(async () =>
    {
        await action();
        return true;
    });
}
