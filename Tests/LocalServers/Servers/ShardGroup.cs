namespace SecKill.Tests.LocalServers.Servers;

/// <summary>A Redis Cluster of three primaries. A dead one affects only its own keys.</summary>
public sealed class ShardGroup : RedisGroup
{
    private const int Slots = 16_384;
    private static readonly TimeSpan _soon = TimeSpan.FromSeconds(60);
    private static readonly string[] _settings = ["--cluster-enabled", "yes", "--cluster-require-full-coverage", "no", "--cluster-node-timeout", "2000"];

    private static readonly string[] _whole = ["cluster_state:ok", "cluster_known_nodes:3", $"cluster_slots_ok:{Slots}"];

    private readonly RedisServer[] _servers = [new(settings: _settings), new(settings: _settings), new(settings: _settings)];

    public override string ConnectionString => string.Join(',', _servers.Select(server => server.ConnectionString));

    public override IReadOnlyList<RedisServer> Servers => _servers;

    public override async Task StartAsync()
    {
        await Task.WhenAll(_servers.Select(server => server.StartAsync()));
        for (var i = 0; i < _servers.Length; i++)
        {
            await using var redis = await ConnectAsync(_servers[i]);
            var node = NodeOf(redis, _servers[i]);
            await node.ExecuteAsync("CLUSTER", "ADDSLOTSRANGE", i * Slots / _servers.Length, (i + 1) * Slots / _servers.Length - 1);
            await node.ExecuteAsync("CLUSTER", "SET-CONFIG-EPOCH", i + 1);
            if (i > 0)
                await node.ExecuteAsync("CLUSTER", "MEET", "127.0.0.1", _servers[0].Port);
        }
        foreach (var server in _servers)
            await KnowsAllAsync(server);
    }

    /// <summary>Waits until a server, which may just have come back, knows the others and is known by them.</summary>
    public static Task KnowsAllAsync(RedisServer server) => Eventually.HoldsAsync("the shards know each other", "all slots, three nodes", async () =>
    {
        await using var redis = await ConnectAsync(server);
        return (string?)await NodeOf(redis, server).ExecuteAsync("CLUSTER", "INFO") ?? "";
    }, info => _whole.All(fact => info.Contains(fact, StringComparison.Ordinal)), _soon);

    private static IServer NodeOf(ConnectionMultiplexer redis, RedisServer server) =>
        redis.GetServers().Single(node => node.EndPoint.ToString()!.EndsWith($":{server.Port}", StringComparison.Ordinal));

    private static Task<ConnectionMultiplexer> ConnectAsync(RedisServer server) =>
        ConnectionMultiplexer.ConnectAsync($"{server.ConnectionString},allowAdmin=true,abortConnect=false,configCheckSeconds=1");
}
