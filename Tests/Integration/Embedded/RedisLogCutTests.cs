using System.Buffers.Binary;
using SecKill.Embedded;
using SecKill.ServiceDefaults.Configuration;

namespace SecKill.Tests.Integration.Embedded;

/// <summary>The log's file has lost its end, as a copy that was broken off has.</summary>
public sealed class RedisLogCutTests : RestartableRedis
{
    private const int Keys = 12;
    private const int Header = 4;
    private const int RecordSize = 40;

    // Within a commit record: which of its bytes are the address up to which it commits.
    private const int Until = Header + 20;

    [Fact]
    public async Task A_log_that_was_cut_is_read_to_its_last_commit_or_refused_but_never_taken_for_an_empty_one()
    {
        for (var i = 0; i < Keys; i++)
        {
            await Database.StringSetAsync($"key-{i}", new byte[100]);
            await CommitAsync();
        }
        await StopAsync();
        var whole = await File.ReadAllBytesAsync(LogIn(Folder), TestContext.Current.CancellationToken);
        var records = Enumerable.Range(0, whole.Length - Header).Where(at => BinaryPrimitives.ReadInt32LittleEndian(whole.AsSpan(at)) == -RecordSize).ToArray();
        Assert.Equal(Keys, records.Length);
        var (first, last) = (records[0], records[^1]);
        int[] lengths =
        [
            whole.Length, last + Header + RecordSize, last + Header + 1, last + Until, last + Until + 1, last + Until + 2, last + Header + RecordSize - 1, last, last - 37,
            records[5] + Until + 1, first + Until + 1, first, 100, 64, 1, 0,
        ];

        foreach (var length in lengths)
        {
            var committed = records.Count(at => at + Header + RecordSize <= length);
            // That the log had a commit at all stands in a file beside it.
            Assert.Equal((length, committed == 0 ? null : (long?)committed), (length, await KeysAfterStartAsync(whole[..length])));
        }
        await StartAsync();
        Assert.Equal(Keys, await Server.DatabaseSizeAsync());
    }

    /// <returns>How many keys are there after a start; null where it is refused with a reason, and the log left as it was.</returns>
    private async Task<long?> KeysAfterStartAsync(byte[] log)
    {
        using var temporary = new TemporaryFolder();
        using var data = new DataFolder(temporary.Path);
        foreach (var file in Directory.EnumerateFiles(Path.GetDirectoryName(Folder)!, "*", SearchOption.AllDirectories).Where(file => !file.EndsWith(".lock", StringComparison.Ordinal)))
        {
            var copy = Path.Combine(temporary.Path, Path.GetRelativePath(Path.GetDirectoryName(Folder)!, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }
        await File.WriteAllBytesAsync(LogIn(data.RedisFolder), log);
        try
        {
            using var redis = new EmbeddedRedis(data, NullLoggerFactory.Instance);
            await redis.StartAsync();
            await using var connection = await ConnectionMultiplexer.ConnectAsync(redis.Configuration);
            return await connection.GetServers().Single().DatabaseSizeAsync();
        }
        catch (ConfigurationException refusal)
        {
            Assert.Contains("is damaged", refusal.Message, StringComparison.Ordinal);
            Assert.Equal(log, await File.ReadAllBytesAsync(LogIn(data.RedisFolder)));
            return null;
        }
    }

    private static string LogIn(string redisFolder) => Path.Combine(redisFolder, "log-0", "AOF", "aof.log.0");
}
