using SecKill.Silo.Embedded;
using StackExchange.Redis;
using Xunit;

namespace SecKill.Tests.Embedded;

public sealed class EmbeddedRedisTests : IAsyncLifetime
{
    private readonly TemporaryFolder _temporary = new();
    private DataFolder _data = null!;
    private EmbeddedRedis _redis = null!;
    private ConnectionMultiplexer _connection = null!;

    private IDatabase Database => _connection.GetDatabase();

    private IServer Server => _connection.GetServers().Single();

    public async ValueTask InitializeAsync()
    {
        _data = new DataFolder(_temporary.Path);
        await StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _data.Dispose();
        _temporary.Dispose();
    }

    [Fact]
    public async Task Whoever_does_not_know_the_password_is_refused()
    {
        await Assert.ThrowsAsync<RedisConnectionException>(() => ConnectionMultiplexer.ConnectAsync($"127.0.0.1:{_redis.Port},connectTimeout=2000"));
    }

    [Fact]
    public async Task It_listens_on_loopback_alone()
    {
        await Task.CompletedTask;
        var listeners = System.Net.NetworkInformation.IPGlobalProperties.GetIPGlobalProperties().GetActiveTcpListeners();

        Assert.All(listeners.Where(listener => listener.Port == _redis.Port), listener => Assert.True(System.Net.IPAddress.IsLoopback(listener.Address)));
    }

    [Fact]
    public async Task A_crash_at_any_moment_loses_nothing_that_was_acknowledged()
    {
        const string Claim = "redis.call('HINCRBY', KEYS[1], 'left', -1) redis.call('SADD', KEYS[2], ARGV[1]) redis.call('RPUSH', KEYS[3], ARGV[1]) return 1";
        var script = await Server.ScriptLoadAsync(Claim);
        var acknowledged = new System.Collections.Concurrent.ConcurrentQueue<string>();
        using var crashed = new TemporaryFolder();
        var busy = new TaskCompletionSource();
        using var stop = new CancellationTokenSource();
        var writers = Enumerable.Range(0, 4).Select(writer => Task.Run(async () =>
        {
            for (var i = 0; !stop.IsCancellationRequested; i++)
            {
                var user = $"{writer}-{i}";
                await Database.ScriptEvaluateAsync(script, ["{c}", "{c}:owners", "{c}:queue"], [user]);
                acknowledged.Enqueue(user);
                if (i == 200)
                    busy.TrySetResult();
            }
        })).ToArray();
        await busy.Task.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);

        // A copy of the files while they are being written is what a killed process leaves: a prefix of the log.
        var before = acknowledged.ToArray();
        using var data = new DataFolder(crashed.Path);
        TemporaryFolder.CopyLiveLog(_data.RedisFolder, data.RedisFolder);
        await stop.CancelAsync();
        await Task.WhenAll(writers);

        using var survivor = await EmbeddedRedis.StartAsync(data);
        await using var connection = await ConnectionMultiplexer.ConnectAsync(survivor.Configuration);
        var owners = (await connection.GetDatabase().SetMembersAsync("{c}:owners")).Select(owner => owner.ToString()).ToHashSet();
        var queue = (await connection.GetDatabase().ListRangeAsync("{c}:queue")).Select(entry => entry.ToString()).ToHashSet();
        Assert.Empty(before.Except(owners));
        Assert.Empty(before.Except(queue));
    }

    [Fact]
    public async Task Scripts_of_several_connections_never_interleave()
    {
        // Reads, dawdles and writes back: an interleaved run would lose an increment.
        const string Increment = """
            local value = redis.call('GET', KEYS[1]) or '0'
            for i = 1, 200 do redis.call('SCARD', KEYS[2]) end
            redis.call('SET', KEYS[1], tostring(tonumber(value) + 1))
            return 1
            """;
        var script = await Server.ScriptLoadAsync(Increment);

        await Task.WhenAll(Enumerable.Range(0, 6).Select(connection => Task.Run(async () =>
        {
            await using var own = await ConnectionMultiplexer.ConnectAsync(_redis.Configuration);
            for (var i = 0; i < 50; i++)
                await own.GetDatabase().ScriptEvaluateAsync(script, ["{k}counter", "{k}other"], []);
        })));

        Assert.Equal(300, await Database.StringGetAsync("{k}counter"));
    }

    [Fact]
    public async Task After_a_restart_the_scripts_are_gone_and_the_run_id_is_another()
    {
        var script = await Server.ScriptLoadAsync("return 1");
        await Database.ScriptEvaluateAsync(script, [], []);
        var runId = await RunIdAsync();

        await RestartAsync();

        var refusal = await Assert.ThrowsAsync<RedisServerException>(() => Database.ScriptEvaluateAsync(script, [], []));
        Assert.StartsWith("NOSCRIPT", refusal.Message, StringComparison.Ordinal);
        Assert.NotEqual(runId, await RunIdAsync());
    }

    [Fact]
    public async Task A_rewritten_log_is_smaller_and_holds_every_kind_of_key()
    {
        for (var i = 0; i < 200; i++)
            await Database.StringSetAsync("text", new string('x', 2000) + i);
        await Database.StringSetAsync("mortal", "soon gone", TimeSpan.FromHours(1));
        await Database.HashSetAsync("hash", [.. Enumerable.Range(0, 1200).Select(i => new HashEntry(i, -i))]);
        await Database.SetAddAsync("set", [.. Enumerable.Range(0, 1200).Select(i => (RedisValue)i)]);
        await Database.ListRightPushAsync("list", [.. Enumerable.Range(0, 1200).Select(i => (RedisValue)i)]);
        await Database.SortedSetAddAsync("sorted", [.. Enumerable.Range(0, 1200).Select(i => new SortedSetEntry(i, 1e15 + i))]);
        await Database.StringSetAsync("binary", new byte[] { 0, 13, 10, 255 });
        var before = LogBytes();

        await RestartAsync(rewriteAbove: 1);

        Assert.InRange(LogBytes(), 1, before / 2);
        Assert.Single(Directory.EnumerateDirectories(_data.RedisFolder));
        Assert.EndsWith("x199", await Database.StringGetAsync("text"));
        Assert.InRange((await Database.KeyTimeToLiveAsync("mortal"))!.Value, TimeSpan.FromMinutes(50), TimeSpan.FromHours(1));
        Assert.Equal(1200, await Database.HashLengthAsync("hash"));
        Assert.Equal(-1199, await Database.HashGetAsync("hash", 1199));
        Assert.Equal(1200, await Database.SetLengthAsync("set"));
        Assert.Equal(Enumerable.Range(0, 1200), (await Database.ListRangeAsync("list")).Select(value => (int)value));
        Assert.Equal(1e15 + 1199, await Database.SortedSetScoreAsync("sorted", 1199));
        Assert.Equal(1200, await Database.SortedSetLengthAsync("sorted"));
        Assert.Equal([0, 13, 10, 255], (byte[]?)await Database.StringGetAsync("binary"));
    }

    [Fact]
    public async Task What_is_written_after_a_rewrite_survives_the_next_restart()
    {
        await Database.SetAddAsync("set", [.. Enumerable.Range(0, 5000).Select(i => (RedisValue)i)]);
        await RestartAsync(rewriteAbove: 1);
        await Database.SetAddAsync("set", "late");

        await RestartAsync();

        Assert.Equal(5001, await Database.SetLengthAsync("set"));
    }

    [Fact]
    public async Task A_log_of_live_data_is_not_rewritten_at_every_start()
    {
        await Database.SetAddAsync("set", [.. Enumerable.Range(0, 5000).Select(i => (RedisValue)i)]);
        await RestartAsync(rewriteAbove: 1);
        var log = Directory.EnumerateDirectories(_data.RedisFolder).Single();

        await RestartAsync(rewriteAbove: 1);

        Assert.Equal(log, Directory.EnumerateDirectories(_data.RedisFolder).Single());
    }

    [Fact]
    public async Task A_rewrite_cut_short_leaves_the_old_log_in_force()
    {
        await Database.StringSetAsync("key", "value");
        await StopAsync();
        var half = Directory.CreateDirectory(Path.Combine(_data.RedisFolder, "log-1", "AOF"));
        await File.WriteAllTextAsync(Path.Combine(half.FullName, "aof.log.0"), "half a log", TestContext.Current.CancellationToken);

        await StartAsync();

        Assert.Equal("value", await Database.StringGetAsync("key"));
        Assert.False(half.Exists && Directory.Exists(half.FullName));
    }

    private async Task StartAsync(long rewriteAbove = EmbeddedRedis.DefaultRewriteAbove)
    {
        _redis = await EmbeddedRedis.StartAsync(_data, rewriteAbove: rewriteAbove);
        _connection = await ConnectionMultiplexer.ConnectAsync(_redis.Configuration);
    }

    private async Task StopAsync()
    {
        await _connection.DisposeAsync();
        _redis.Dispose();
    }

    private async Task RestartAsync(long rewriteAbove = EmbeddedRedis.DefaultRewriteAbove)
    {
        await StopAsync();
        await StartAsync(rewriteAbove);
    }

    private long LogBytes() => new DirectoryInfo(_data.RedisFolder).EnumerateFiles("*", SearchOption.AllDirectories).Sum(file => file.Length);

    private async Task<string> RunIdAsync()
    {
        var info = (string?)await Database.ScriptEvaluateAsync("return redis.call('INFO', 'server')");
        return info!.Split('\n').Single(line => line.StartsWith("run_id:", StringComparison.Ordinal)).Trim();
    }
}
