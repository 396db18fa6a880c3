using System.Net.NetworkInformation;
using SecKill.Embedded;

namespace SecKill.Tests.Integration.Embedded;

public sealed class EmbeddedRedisTests : RestartableRedis
{
    // Of Linux' open(2).
    private const int AccessMode = 3;
    private const int ReadOnly = 0;
    private const int Dsync = 0x1000;

    [Fact]
    public async Task Whoever_does_not_know_the_password_is_refused()
    {
        await Assert.ThrowsAsync<RedisConnectionException>(() => ConnectionMultiplexer.ConnectAsync($"127.0.0.1:{Port},connectTimeout=2000"));
    }

    [Fact]
    public void It_listens_on_loopback_alone()
    {
        var listeners = IPGlobalProperties.GetIPGlobalProperties().GetActiveTcpListeners();

        var own = Assert.Single(listeners, listener => listener.Port == Port);
        Assert.True(IPAddress.IsLoopback(own.Address));
    }

    [Fact]
    public async Task A_commit_waits_for_the_disk_and_not_for_the_kernel_alone()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Reads the flags of open files from /proc.");
        await Database.StringSetAsync("key", "value");
        await CommitAsync();

        // LinkTarget is null for a file that another thread has closed meanwhile; the log's own stay open.
        var writeFlags = Directory.EnumerateFiles("/proc/self/fd")
            .Where(file => new FileInfo(file).LinkTarget?.StartsWith(Folder + "/log-0/AOF/aof.log", StringComparison.Ordinal) ?? false)
            .Select(file => File.ReadLines($"/proc/self/fdinfo/{Path.GetFileName(file)}").First(line => line.StartsWith("flags:", StringComparison.Ordinal)))
            .Select(line => Convert.ToInt32(line["flags:".Length..].Trim(), 8))
            .Where(flags => (flags & AccessMode) != ReadOnly)
            .ToArray();

        Assert.NotEmpty(writeFlags);
        Assert.All(writeFlags, flags => Assert.Equal(Dsync, flags & Dsync));
    }

    [Fact]
    public async Task A_crash_at_any_moment_loses_nothing_that_was_committed()
    {
        const string Claim = "redis.call('HINCRBY', KEYS[1], 'left', -1) redis.call('SADD', KEYS[2], ARGV[1]) redis.call('RPUSH', KEYS[3], ARGV[1]) return 1";
        var script = await Server.ScriptLoadAsync(Claim);
        var committed = new ConcurrentQueue<string>();
        using var crashed = new TemporaryFolder();
        var busy = new TaskCompletionSource();
        using var stop = new CancellationTokenSource();
        var writers = Enumerable.Range(0, 4).Select(writer => Task.Run(async () =>
        {
            for (var i = 0; !stop.IsCancellationRequested; i++)
            {
                var user = $"{writer}-{i}";
                await Task.WhenAll(Database.ScriptEvaluateAsync(script, ["{c}", "{c}:owners", "{c}:queue"], [user]), CommitAsync());
                committed.Enqueue(user);
                if (i == 200)
                    busy.TrySetResult();
            }
        })).ToArray();
        await busy.Task.WaitAsync(TimeSpan.FromSeconds(120), TestContext.Current.CancellationToken);

        // A copy of the files while they are being written is what a killed process leaves: a prefix of the log.
        var before = committed.ToArray();
        using var data = new DataFolder(crashed.Path);
        TemporaryFolder.CopyLiveLog(Folder, data.RedisFolder);
        await stop.CancelAsync();
        await Task.WhenAll(writers);

        using var survivor = new EmbeddedRedis(data, NullLoggerFactory.Instance);
        await survivor.StartAsync();
        await using var connection = await ConnectionMultiplexer.ConnectAsync(survivor.Configuration);
        var owners = (await connection.GetDatabase().SetMembersAsync("{c}:owners")).Select(owner => owner.ToString()).ToHashSet();
        var queue = (await connection.GetDatabase().ListRangeAsync("{c}:queue")).Select(entry => entry.ToString()).ToHashSet();
        Assert.Empty(before.Except(owners));
        Assert.Empty(before.Except(queue));
    }

    [Fact]
    public async Task A_log_of_several_files_and_more_than_is_buffered_survives_a_restart()
    {
        // The log buffers 32 MiB and fills files of 64 MiB.
        var megabyte = new byte[1 << 20];
        for (var i = 0; i < 80; i++)
        {
            megabyte[0] = (byte)i;
            await Database.StringSetAsync($"block-{i}", megabyte);
        }

        await RestartAsync();

        // What the start was held to.
        Assert.True(CommittedLog.EndIn(Path.Combine(Folder, "log-0")) > 80L << 20);
        for (var i = 0; i < 80; i++)
        {
            var block = (byte[]?)await Database.StringGetAsync($"block-{i}");
            Assert.Equal(megabyte.Length, block!.Length);
            Assert.Equal(i, block[0]);
        }
    }
}
