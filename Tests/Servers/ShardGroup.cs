using StackExchange.Redis;

namespace SecKill.Tests.Servers;

/// <summary>A Redis Cluster of three primaries. One that is away takes its own keys with it and no others.</summary>
internal sealed class ShardGroup : RedisGroup
{
    private const int Slots = 16_384;
    private static readonly TimeSpan _soon = TimeSpan.FromSeconds(60);
    private static readonly string[] _settings = ["--cluster-enabled", "yes", "--cluster-require-full-coverage", "no", "--cluster-node-timeout", "2000"];

    private readonly RedisServer[] _servers = [new(settings: _settings), new(settings: _settings), new(settings: _settings)];

    public override string ConnectionString => string.Join(',', _servers.Select(server => server.ConnectionString));

    public override IReadOnlyList<RedisServer> Servers => _servers;

    public override async Task StartAsync()
    {
        await Task.WhenAll(_servers.Select(server => server.StartAsync()));
        for (var i = 0; i < _servers.Length; i++)
        {
            await using var redis = await ConnectAsync(_servers[i]);
            var node = redis.GetServers().Single(server => server.EndPoint.ToString()!.EndsWith($":{_servers[i].Port}", StringComparison.Ordinal));
            await node.ExecuteAsync("CLUSTER", "ADDSLOTSRANGE", i * Slots / _servers.Length, (i + 1) * Slots / _servers.Length - 1);
            await node.ExecuteAsync("CLUSTER", "SET-CONFIG-EPOCH", i + 1);
            if (i > 0)
                await node.ExecuteAsync("CLUSTER", "MEET", "127.0.0.1", _servers[0].Port);
        }
        foreach (var server in _servers)
            await KnowsAllAsync(server);
    }

    /// <summary>Waits until a server, which may just have come back, knows the others and is known by them.</summary>
    public static Task KnowsAllAsync(RedisServer server) => Eventually.EqualAsync("the shards know each other", ("ok", "3", $"{Slots}"), async () =>
    {
        await using var redis = await ConnectAsync(server);
        var info = (string?)await redis.GetServers()[0].ExecuteAsync("CLUSTER", "INFO") ?? "";
        var fields = info.Split("\r\n", StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(':')).ToDictionary(pair => pair[0], pair => pair[1]);
        return (fields["cluster_state"], fields["cluster_known_nodes"], fields["cluster_slots_ok"]);
    }, _soon);

    private static Task<ConnectionMultiplexer> ConnectAsync(RedisServer server) =>
        ConnectionMultiplexer.ConnectAsync($"{server.ConnectionString},allowAdmin=true,abortConnect=false,configCheckSeconds=1");
}
