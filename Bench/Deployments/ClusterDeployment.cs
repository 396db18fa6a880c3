using System.Data.Common;
using MySqlConnector;
using SecKill.Tests.LocalServers.Deployments;
using SecKill.Tests.LocalServers.Servers;

namespace SecKill.Bench.Deployments;

/// <summary>The product with the databases of a cluster: a Redis that forces every write to the disk, and a MySQL.</summary>
internal abstract class ClusterDeployment : ProductDeployment
{
    private readonly RedisServer _redis;
    private readonly MySqlServer _mySql;

    /// <summary>With databases that are gone when it ends.</summary>
    protected ClusterDeployment()
        : this(new RedisServer(), new MySqlServer())
    {
    }

    /// <summary>With these databases.</summary>
    protected ClusterDeployment(RedisServer redis, MySqlServer mySql) => (_redis, _mySql) = (redis, mySql);

    public sealed override IReadOnlyList<Part> Parts =>
        [.. Programs.Select(program => new Part(program.Name, program.Node.Pid)), new("redis", _redis.Pid), new("mysql", _mySql.Pid)];

    public sealed override string Redis => _redis.ConnectionString;

    /// <summary>For MySqlConnector.</summary>
    public string MySql => _mySql.ConnectionString;

    /// <summary>Where Redis listens, on loopback.</summary>
    public string RedisAddress => $"127.0.0.1:{_redis.Port}";

    /// <summary>Where MySQL listens, on loopback.</summary>
    public string MySqlAddress => $"127.0.0.1:{_mySql.Port}";

    /// <summary>Stops the databases in good order; whoever uses them was stopped before.</summary>
    public Task StopStoresAsync() => Task.WhenAll(_redis.StopAsync(), _mySql.StopAsync());

    public sealed override async Task StartAsync()
    {
        await Task.WhenAll(_redis.StartAsync(), _mySql.StartAsync());
        foreach (var (_, program) in Programs.Reverse())
            await program.StartAsync();
    }

    /// <summary>A new one each time: members that were killed long ago, and are still in the table, are of no interest.</summary>
    public string ClusterId { get; } = $"bench-{Guid.NewGuid():N}";

    /// <summary>Freezes (STOP) or wakes (CONT) MySQL.</summary>
    public Task SignalMySqlAsync(string name) => _mySql.SignalAsync(name);

    public sealed override async Task<DbConnection> OpenLedgerAsync()
    {
        var ledger = new MySqlConnection(_mySql.ConnectionString);
        await ledger.OpenAsync();
        return ledger;
    }

    public sealed override async ValueTask DisposeAsync()
    {
        foreach (var (_, program) in Programs)
            await program.DisposeAsync();
        await _redis.DisposeAsync();
        await _mySql.DisposeAsync();
    }

    /// <summary>Its processes by the names they have in the report, in the order in which they stop; they start in the opposite one.</summary>
    protected abstract IReadOnlyList<(string Name, Node Node)> Programs { get; }

    /// <summary>What every process is told.</summary>
    protected Dictionary<string, string?> CommonSettings() => new()
    {
        ["Cluster__Id"] = ClusterId,
        ["ConnectionStrings__Redis"] = _redis.ConnectionString,
        [ClientSettings.InlineCompletions] = null,
    };

    /// <summary>What a silo is told.</summary>
    protected Dictionary<string, string?> SiloSettings(Dictionary<string, string?> common) => new(common)
    {
        ["ConnectionStrings__MySql"] = _mySql.ConnectionString,
        ["Silo__Port"] = $"{FreePort.Next()}",
        ["Silo__GatewayPort"] = $"{FreePort.Next()}",
        ["Silo__AdvertisedAddress"] = "127.0.0.1",
    };
}
