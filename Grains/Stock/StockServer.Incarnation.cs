using System.Collections.Concurrent;
using System.Net;

namespace SecKill.Grains.Stock;

public sealed partial class StockServer
{
    private static readonly Script[] _all = Enum.GetValues<Script>();
    private static readonly Version _oldest = new(7, 0);
    private static readonly TimeSpan _refreshEvery = TimeSpan.FromSeconds(1);

    /// <summary>The scripts in force by primary; cleared by every event that may have changed them.</summary>
    private readonly ConcurrentDictionary<EndPoint, ScriptSet> _scripts = new();

    /// <summary>The scripts loaded last by server; used again if its incarnation is the same.</summary>
    private readonly ConcurrentDictionary<EndPoint, ScriptSet> _loaded = new();

    /// <summary>Loads under way by server.</summary>
    private readonly Dictionary<EndPoint, Task<ScriptSet>> _loads = [];

    private readonly Lock _gate = new();
    private volatile ScriptSet? _standalone;
    private volatile bool _isGarnet;

    /// <summary>Whether a scan of a set may miss a member that is there all the time, because another one leaves the set: Garnet's goes by index.</summary>
    internal bool ScansByIndex => _isGarnet;
    private volatile bool _isCluster;
    private int _forgotten;
    private long _refreshed;

    /// <summary>The scripts as they are loaded now, for work that must not span two incarnations.</summary>
    /// <exception cref="UnavailableException">Redis cannot be reached.</exception>
    internal Task<ScriptSet> CurrentScriptsAsync(RedisKey key) => Guard(() => ScriptsForAsync(key, refused: null).AsTask());

    /// <summary>
    /// As <see cref="CurrentScriptsAsync"/>, but asks the server for its incarnation anew. Silos that read it at different times may
    /// differ about it, so it is read again before stock or a list is rebuilt. At most once a second: after a restart all coupons are
    /// rebuilt at once.
    /// </summary>
    /// <exception cref="UnavailableException">Redis cannot be reached.</exception>
    internal Task<ScriptSet> RefreshScriptsAsync(RedisKey key, bool atOnce = false)
    {
        var (last, now) = (Volatile.Read(ref _refreshed), _time.GetTimestamp());
        if ((atOnce || _time.GetElapsedTime(last, now) > _refreshEvery) && Interlocked.CompareExchange(ref _refreshed, now, last) == last)
            ForgetIncarnations();
        return CurrentScriptsAsync(key);
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
        if (!IsCluster)
            return Primaries().FirstOrDefault() ?? throw new UnavailableException("No primary Redis is connected.");
        // Each server has a map of its own; that of a server that is away may be from before a fail-over.
        var owner = Connection.GetServers().OrderByDescending(server => server.IsConnected).Select(server => server.ClusterConfiguration?.GetBySlot(key)?.EndPoint).FirstOrDefault(found => found is not null);
        return Connection.GetServer(owner ?? throw new UnavailableException("No Redis is connected that knows where the key lies."));
    }

    private IEnumerable<IServer> Primaries() => Connection.GetServers().Where(server => server is { IsConnected: true, IsReplica: false });

    /// <summary>
    /// Loads the scripts of a server's incarnation. One load at a time, shared by all callers: one after the other, a Redis that hangs would
    /// hold the last of them for minutes.
    /// </summary>
    private Task<ScriptSet> LoadAsync(IServer primary, ScriptSet? refused)
    {
        lock (_gate)
        {
            if (_scripts.TryGetValue(primary.EndPoint, out var scripts) && scripts != refused)
                return Task.FromResult(scripts);
            if (_loads.TryGetValue(primary.EndPoint, out var load) && !load.IsCompleted)
                return load;
            // On the pool: it must not depend on the grain that happened to ask first.
            return _loads[primary.EndPoint] = Task.Run(() => LoadUnlessLoadedAsync(primary, refused));
        }
    }

    private async Task<ScriptSet> LoadUnlessLoadedAsync(IServer primary, ScriptSet? refused)
    {
        var forgotten = Volatile.Read(ref _forgotten);
        (var incarnation, _isGarnet) = await IncarnationAsync(primary);
        if (!_loaded.TryGetValue(primary.EndPoint, out var scripts) || scripts == refused || scripts.Incarnation != incarnation)
            scripts = _loaded[primary.EndPoint] = await LoadOntoAsync(primary, incarnation);
        lock (_gate)
        {
            if (forgotten != _forgotten)
                return scripts; // Good for these callers, but read before the last event.
            // Outside a cluster there is one primary, and what an earlier one held is not asked for again.
            if (!IsCluster)
                _scripts.Clear();
            _scripts[primary.EndPoint] = scripts;
            _standalone = IsCluster ? null : scripts;
            return scripts;
        }
    }

    private async Task<ScriptSet> LoadOntoAsync(IServer primary, string incarnation)
    {
        await ThrowIfForeignAsync();
        // A text of our own: were the server replaced between the two reads of its incarnation, the new one would hold scripts that name
        // the old. No other silo has their hash, and we discard it.
        var nonce = _nonce ?? Guid.NewGuid().ToString("N");
        var hashes = new byte[_all.Length][];
        foreach (var script in _all)
            hashes[(int)script] = await primary.ScriptLoadAsync(ScriptText.For(script, incarnation, nonce));
        if ((await IncarnationAsync(primary)).Incarnation != incarnation)
            throw new UnavailableException("Redis was replaced while the scripts were loaded.");
        LogLoaded(primary.EndPoint, incarnation);
        return new ScriptSet(incarnation, hashes);
    }

    private void ForgetIncarnations()
    {
        lock (_gate)
        {
            _forgotten++;
            _scripts.Clear();
            _standalone = null;
        }
    }

    /// <summary>
    /// The server's run id, new at each start, with its replication id, new at each promotion: a primary that was a replica
    /// in between is another incarnation even if its process is the same.
    /// </summary>
    private static async Task<(string Incarnation, bool IsGarnet)> IncarnationAsync(IServer server)
    {
        var info = (string?)await server.ExecuteAsync("INFO") ?? "";
        if (!Version.TryParse(Field(info, "redis_version"), out var version) || version < _oldest)
        {
            throw new NotSupportedException(
                $"Redis {_oldest} or newer is needed, {server.EndPoint} is {version?.ToString() ?? "of no known version"}: older ones hand " +
                "loaded scripts on to replicas and restarts, which would defeat the fence against rolled-back stock.");
        }
        var runId = Field(info, "run_id") ?? throw new UnavailableException("Redis does not tell its run id.");
        return Field(info, "garnet_version") is null ? ($"{runId}:{Field(info, "master_replid")}", false) : (runId, true);
    }

    private static string? Field(string info, string name)
    {
        var line = info.Split('\n').FirstOrDefault(line => line.StartsWith(name + ":", StringComparison.Ordinal));
        return line?[(name.Length + 1)..].Trim();
    }

    [LoggerMessage(EventIds.ScriptsLoaded, LogLevel.Information, "Scripts loaded on {EndPoint}, incarnation {Incarnation}.")]
    private partial void LogLoaded(EndPoint endPoint, string incarnation);
}

/// <summary>The scripts as loaded on one server in one incarnation.</summary>
/// <param name="Incarnation">Of the server.</param>
/// <param name="Hashes">SHA-1 by <see cref="Script"/>.</param>
internal sealed record ScriptSet(string Incarnation, byte[][] Hashes);
