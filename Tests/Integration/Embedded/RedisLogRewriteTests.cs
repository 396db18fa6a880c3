namespace SecKill.Tests.Integration.Embedded;

public sealed class RedisLogRewriteTests : RestartableRedis
{
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
        await CommitAsync();
        var before = LogBytes();

        await RestartAsync(rewriteAbove: 1);

        Assert.InRange(LogBytes(), 1, before / 2);
        Assert.Single(Directory.EnumerateDirectories(Folder));
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
        var log = Directory.EnumerateDirectories(Folder).Single();

        await RestartAsync(rewriteAbove: 1);

        Assert.Equal(log, Directory.EnumerateDirectories(Folder).Single());
    }

    [Fact]
    public async Task A_rewrite_cut_short_leaves_the_old_log_in_force()
    {
        await Database.StringSetAsync("key", "value");
        await StopAsync();
        var half = Directory.CreateDirectory(Path.Combine(Folder, "log-1", "AOF"));
        await File.WriteAllTextAsync(Path.Combine(half.FullName, "aof.log.0"), "half a log", TestContext.Current.CancellationToken);

        await StartAsync();

        Assert.Equal("value", await Database.StringGetAsync("key"));
        Assert.False(half.Exists && Directory.Exists(half.FullName));
    }

    [Fact]
    public async Task A_rewrite_that_fails_leaves_the_old_log_in_force()
    {
        await Database.StringSetAsync("key", "value");
        await StopAsync();
        // A file where the next log's folder would have to be.
        await File.WriteAllTextAsync(Path.Combine(Folder, "log-1"), "", TestContext.Current.CancellationToken);

        await StartAsync(rewriteAbove: 1);
        await Database.StringSetAsync("another", "value");
        await RestartAsync();

        Assert.Equal("value", await Database.StringGetAsync("key"));
        Assert.Equal("value", await Database.StringGetAsync("another"));
    }

    private long LogBytes() => new DirectoryInfo(Folder).EnumerateFiles("*", SearchOption.AllDirectories).Sum(file => file.Length);
}
