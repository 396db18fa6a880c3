namespace SecKill.Tests.LocalServers.Servers;

/// <summary>
/// A primary and two replicas under three Sentinels. A primary without a connected replica refuses writes (docs/concepts/guarantees.md):
/// otherwise a returning one would go on selling until told that another was promoted.
/// </summary>
/// <remarks>The product is configured with the servers, and finds the primary itself, or with the Sentinels.</remarks>
public sealed class SentinelGroup : RedisGroup
{
    private const string Name = "seckill";
    private static readonly TimeSpan _soon = TimeSpan.FromSeconds(60);
    private static readonly string[] _settings = ["--min-replicas-to-write", "1", "--min-replicas-max-lag", "10", "--repl-diskless-sync-delay", "0"];

    private readonly bool _tellSentinels;
    private readonly RedisServer[] _servers;
    private readonly List<(int Port, ServerProcess Process)> _sentinels = [];
    private readonly int[] _ports = [FreePort.Next(), FreePort.Next(), FreePort.Next()];
    private readonly string _folder = RunFolder.Create("sentinels");

    /// <param name="tellSentinels">Whether the product is configured with the Sentinels instead of the servers.</param>
    public SentinelGroup(bool tellSentinels)
    {
        _tellSentinels = tellSentinels;
        var primary = new RedisServer(settings: _settings);
        string[] replica = [.. _settings, "--replicaof", $"127.0.0.1 {primary.Port}"];
        _servers = [primary, new RedisServer(settings: replica), new RedisServer(settings: replica)];
    }

    public override string ConnectionString => _tellSentinels
        ? $"{string.Join(',', _ports.Select(port => $"127.0.0.1:{port}"))},serviceName={Name}"
        : string.Join(',', _servers.Select(server => server.ConnectionString));

    public override IReadOnlyList<RedisServer> Servers => _servers;

    public override async Task StartAsync()
    {
        foreach (var server in _servers)
            await server.StartAsync();
        await FollowedAsync(_servers[0], 2);
        foreach (var port in _ports)
        {
            var file = Path.Combine(_folder, $"{port}.conf");
            await File.WriteAllTextAsync(file, $"""
                port {port}
                bind 127.0.0.1
                dir {_folder}
                sentinel monitor {Name} 127.0.0.1 {_servers[0].Port} 2
                sentinel down-after-milliseconds {Name} 1500
                sentinel failover-timeout {Name} 10000
                sentinel parallel-syncs {Name} 2

                """);
            _sentinels.Add((port, await ServerProcess.StartAsync(new ServerCommand(Installed.Redis!, file, "--sentinel"))));
        }
        await Eventually.EqualAsync("the Sentinels know each other and the replicas", ("2", "2"), async () =>
        {
            var fields = await AskAsync("master");
            return (fields["num-other-sentinels"], fields["num-slaves"]);
        }, _soon);
    }

    /// <summary>The primary according to the Sentinels.</summary>
    public async Task<RedisServer> PrimaryAsync()
    {
        var port = (await AskAsync("master"))["port"];
        return Array.Find(_servers, server => $"{server.Port}" == port)!;
    }

    /// <summary>Waits until a primary has this many replicas that follow it.</summary>
    public static async Task FollowedAsync(RedisServer primary, int replicas)
    {
        await using var redis = await ConnectionMultiplexer.ConnectAsync($"{primary.ConnectionString},allowAdmin=true");
        await Eventually.HoldsAsync("replicas follow", $"{replicas} online", async () =>
        {
            var info = (string?)await redis.GetServers().Single().ExecuteAsync("INFO", "replication") ?? "";
            return info.Split("state=online").Length - 1;
        }, online => online >= replicas, _soon);
    }

    public override async ValueTask DisposeAsync()
    {
        foreach (var (_, process) in _sentinels)
            await process.DisposeAsync();
        await base.DisposeAsync();
        RunFolder.Delete(_folder);
    }

    private async Task<Dictionary<string, string>> AskAsync(string what)
    {
        await using var sentinel = await ConnectionMultiplexer.ConnectAsync(
            new ConfigurationOptions { EndPoints = { { "127.0.0.1", _ports[0] } }, CommandMap = CommandMap.Sentinel, TieBreaker = "" });
        var answer = (RedisResult[])(await sentinel.GetServers().Single().ExecuteAsync("SENTINEL", what, Name))!;
        return answer.Chunk(2).ToDictionary(pair => (string)pair[0]!, pair => (string)pair[1]!);
    }
}
