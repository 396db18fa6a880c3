using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using Microsoft.Extensions.Logging;
using SecKill.Grains.Interfaces;
using StackExchange.Redis;

namespace SecKill.Grains.Stock;

/// <summary>
/// The connection to the Redis that holds the stock, and the scripts loaded there. Scripts run by hash with no fallback:
/// a server that died or was replaced answers NOSCRIPT, and that is the fence. Only then is the server's incarnation
/// read again and the scripts loaded anew, with the new incarnation in them, under which no coupon is trusted yet.
/// </summary>
public sealed partial class StockServer : IAsyncDisposable
{
    private static readonly Script[] _all = Enum.GetValues<Script>();
    private static readonly Version _oldest = new(7, 0);
    private static readonly TimeSpan _refreshEvery = TimeSpan.FromSeconds(1);

    private readonly IConnectionMultiplexer _connection;
    private readonly ILogger<StockServer> _logger;
    private readonly ConcurrentDictionary<EndPoint, ScriptSet> _scripts = new();
    private readonly ConcurrentDictionary<EndPoint, ScriptSet> _loaded = new();
    private readonly SemaphoreSlim _loading = new(1);
    private volatile ScriptSet? _standalone;
    private long _refreshed;

    private StockServer(IConnectionMultiplexer connection, ILogger<StockServer> logger)
    {
        _connection = connection;
        _logger = logger;
        // Whatever happened meanwhile, the server at the other end may be another one, or in another role.
        connection.ConnectionRestored += (_, _) => ForgetIncarnations();
        connection.ConfigurationChanged += (_, _) => ForgetIncarnations();
    }

    /// <summary>For commands that need no script.</summary>
    internal IDatabase Database => _connection.GetDatabase();

    /// <summary>Connects and loads the scripts; done at start, so that no first claim pays for it.</summary>
    /// <exception cref="RedisConnectionException">Redis cannot be reached.</exception>
    /// <exception cref="UnavailableException">Redis does not answer yet.</exception>
    /// <exception cref="NotSupportedException">Redis is older than 7.0.</exception>
    public static async Task<StockServer> ConnectAsync(string configuration, ILogger<StockServer> logger)
    {
        var options = ConfigurationOptions.Parse(configuration);
        options.AbortOnConnectFail = true;
        // For INFO, which tells the run id.
        options.AllowAdmin = true;
        // A claim that finds no connection is undecided at once; waiting in a backlog would only make it late.
        options.BacklogPolicy = BacklogPolicy.FailFast;
        options.AsyncTimeout = 2_000;
        options.ConnectTimeout = 5_000;
        // How late a promotion is noticed: the client looks at the roles of the servers no more often than this.
        options.ConfigCheckSeconds = 5;
        options.ReconnectRetryPolicy = new LinearRetry(250);
        options.ClientName = "seckill-silo";
        var connection = await ConnectionMultiplexer.ConnectAsync(options);
        var server = new StockServer(connection, logger);
        try
        {
            await Guard(async () =>
            {
                foreach (var primary in server.Primaries())
                    await server.LoadAsync(primary, refused: null);
            });
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>Runs a script on the server that holds the keys, under that server's present incarnation.</summary>
    /// <exception cref="UnavailableException">No answer; whether the script ran is not known.</exception>
    internal Task<RedisResult[]> EvaluateAsync(Script script, RedisKey[] keys, params RedisValue[] arguments) => Guard(async () =>
    {
        var scripts = await ScriptsForAsync(keys[0], refused: null);
        try
        {
            return await RunAsync(scripts, script, keys, arguments);
        }
        catch (RedisServerException fault) when (IsNoScript(fault))
        {
            // Nothing was executed, so a second try is no second claim. The new scripts will find the stock stale.
            return await RunAsync(await ScriptsForAsync(keys[0], refused: scripts), script, keys, arguments);
        }
    });

    /// <summary>The scripts as they are loaded now, for work that must not span two incarnations.</summary>
    /// <exception cref="UnavailableException">Redis cannot be reached.</exception>
    internal Task<ScriptSet> CurrentScriptsAsync(RedisKey key) => Guard(() => ScriptsForAsync(key, refused: null).AsTask());

    /// <summary>
    /// As <see cref="CurrentScriptsAsync"/>, but asks the server for its incarnation anew. Silos that read it at different
    /// times may differ about it; whoever finds stock or a list stale looks again before rebuilding it. At most once a
    /// second: after a restart everything is stale, and everybody comes at once.
    /// </summary>
    /// <exception cref="UnavailableException">Redis cannot be reached.</exception>
    internal Task<ScriptSet> RefreshScriptsAsync(RedisKey key)
    {
        var (last, now) = (Volatile.Read(ref _refreshed), Stopwatch.GetTimestamp());
        if (Stopwatch.GetElapsedTime(last, now) > _refreshEvery && Interlocked.CompareExchange(ref _refreshed, now, last) == last)
            ForgetIncarnations();
        return CurrentScriptsAsync(key);
    }

    /// <summary>Runs a script only if the server still is in the given set's incarnation.</summary>
    /// <exception cref="UnavailableException">No answer, or the server is another one since.</exception>
    internal Task<RedisResult[]> EvaluateAsync(ScriptSet scripts, Script script, RedisKey[] keys, params RedisValue[] arguments) =>
        Guard(() => RunAsync(scripts, script, keys, arguments));

    /// <summary>Whether Redis has a key.</summary>
    /// <exception cref="UnavailableException">Redis cannot be reached.</exception>
    internal Task<bool> ExistsAsync(RedisKey key) => Guard(() => Database.KeyExistsAsync(key, CommandFlags.DemandMaster));

    /// <summary>Answers whether Redis answers.</summary>
    /// <exception cref="UnavailableException">It does not.</exception>
    public Task PingAsync() => Guard(async () => await Database.PingAsync());

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _connection.DisposeAsync();
        _loading.Dispose();
    }

    /// <summary>Turns each way in which Redis can fail to answer into the one exception that says so.</summary>
    internal static async Task<T> Guard<T>(Func<Task<T>> action)
    {
        try
        {
            return await action();
        }
        catch (Exception fault) when (fault is RedisException or RedisCommandException or TimeoutException or ObjectDisposedException)
        {
            throw new UnavailableException($"Redis did not answer: {fault.Message}");
        }
    }

    /// <inheritdoc cref="Guard{T}"/>
    internal static Task Guard(Func<Task> action) => Guard(async () =>
    {
        await action();
        return true;
    });

    private static bool IsNoScript(RedisServerException fault) => fault.Message.StartsWith("NOSCRIPT", StringComparison.Ordinal);

    private async Task<RedisResult[]> RunAsync(ScriptSet scripts, Script script, RedisKey[] keys, RedisValue[] arguments)
    {
        var result = await Database.ScriptEvaluateAsync(scripts.Hashes[(int)script], keys, arguments, CommandFlags.DemandMaster);
        return result.Resp2Type == ResultType.Array ? (RedisResult[])result! : [result];
    }

    private async ValueTask<ScriptSet> ScriptsForAsync(RedisKey key, ScriptSet? refused)
    {
        if (_standalone is { } only && only != refused)
            return only;
        var primary = PrimaryFor(key);
        return _scripts.TryGetValue(primary.EndPoint, out var loaded) && loaded != refused
            ? loaded
            : await LoadAsync(primary, refused);
    }

    private IServer PrimaryFor(RedisKey key)
    {
        IServer? any = null;
        foreach (var server in Primaries())
        {
            if (server.ServerType != ServerType.Cluster)
                return server;
            any ??= server;
        }
        var owner = any?.ClusterConfiguration?.GetBySlot(key)?.EndPoint;
        return owner is not null ? _connection.GetServer(owner) : any ?? throw new UnavailableException("No primary Redis is connected.");
    }

    private IEnumerable<IServer> Primaries() => _connection.GetServers().Where(server => server is { IsConnected: true, IsReplica: false });

    private async Task<ScriptSet> LoadAsync(IServer primary, ScriptSet? refused)
    {
        await _loading.WaitAsync();
        try
        {
            if (_scripts.TryGetValue(primary.EndPoint, out var loaded) && loaded != refused)
                return loaded;

            var incarnation = await IncarnationAsync(primary);
            if (!_loaded.TryGetValue(primary.EndPoint, out var scripts) || scripts == refused || scripts.Incarnation != incarnation)
                scripts = _loaded[primary.EndPoint] = await LoadAsync(primary, incarnation);
            // Outside a cluster there is one primary, and what an earlier one held is not asked for again.
            if (primary.ServerType != ServerType.Cluster)
                _scripts.Clear();
            _scripts[primary.EndPoint] = scripts;
            _standalone = primary.ServerType == ServerType.Cluster ? null : scripts;
            return scripts;
        }
        finally
        {
            _loading.Release();
        }
    }

    private async Task<ScriptSet> LoadAsync(IServer primary, string incarnation)
    {
        // A text of our own: were the server replaced between the two readings of its incarnation, the new one would hold
        // scripts that name the old. Nobody else can have their hash, and we throw it away.
        var nonce = Guid.NewGuid().ToString("N");
        var hashes = new byte[_all.Length][];
        foreach (var script in _all)
            hashes[(int)script] = await primary.ScriptLoadAsync(ScriptText.For(script, incarnation, nonce));
        if (await IncarnationAsync(primary) != incarnation)
            throw new UnavailableException("Redis was replaced while the scripts were loaded.");
        LogLoaded(primary.EndPoint, incarnation);
        return new ScriptSet(incarnation, hashes);
    }

    private void ForgetIncarnations()
    {
        _scripts.Clear();
        _standalone = null;
    }

    /// <summary>
    /// The server's run id, new at each start, with its replication id, new at each promotion: a primary that was a replica
    /// in between is another incarnation even if its process is the same.
    /// </summary>
    private static async Task<string> IncarnationAsync(IServer server)
    {
        var info = (string?)await server.ExecuteAsync("INFO") ?? "";
        if (!Version.TryParse(Field(info, "redis_version"), out var version) || version < _oldest)
        {
            throw new NotSupportedException(
                $"Redis {_oldest} or newer is needed, {server.EndPoint} is {version?.ToString() ?? "of no known version"}: older ones hand " +
                "loaded scripts on to replicas and restarts, which would defeat the fence against rolled-back stock.");
        }
        var runId = Field(info, "run_id") ?? throw new UnavailableException("Redis does not tell its run id.");
        return Field(info, "garnet_version") is null ? $"{runId}:{Field(info, "master_replid")}" : runId;
    }

    private static string? Field(string info, string name)
    {
        var line = info.Split('\n').FirstOrDefault(line => line.StartsWith(name + ":", StringComparison.Ordinal));
        return line?[(name.Length + 1)..].Trim();
    }

    [LoggerMessage(LogLevel.Information, "Scripts loaded on {EndPoint}, incarnation {Incarnation}.")]
    private partial void LogLoaded(EndPoint endPoint, string incarnation);
}

/// <summary>The scripts as loaded on one server in one incarnation.</summary>
/// <param name="Incarnation">Of the server.</param>
/// <param name="Hashes">SHA-1 by <see cref="Script"/>.</param>
internal sealed record ScriptSet(string Incarnation, byte[][] Hashes);
