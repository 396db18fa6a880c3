using SecKill.Embedded;

namespace SecKill.Tests.Integration.Stock;

/// <summary>
/// The Redis of the embedded mode. It lives and dies with the product's process, so a restart takes the connection along; and
/// it is a crash: what comes back is what the log held at that moment.
/// </summary>
public sealed class GarnetSite : StockSite
{
    private TemporaryFolder _temporary = new();
    private DataFolder _data = null!;
    private EmbeddedRedis _redis = null!;

    protected override string Configuration => _redis.Configuration;

    public override Task SaveAsync() => Database.ExecuteAsync("COMMITAOF");

    protected override async Task StartServerAsync()
    {
        _data = new DataFolder(_temporary.Path);
        _redis = new EmbeddedRedis(_data, NullLoggerFactory.Instance);
        await _redis.StartAsync();
    }

    protected override async Task RestartServerAsync()
    {
        var crashed = new TemporaryFolder();
        var data = new DataFolder(crashed.Path);
        TemporaryFolder.CopyLiveLog(_data.RedisFolder, data.RedisFolder);
        await Server.DisposeAsync();
        await StopServerAsync();
        (_temporary, _data) = (crashed, data);
        _redis = new EmbeddedRedis(_data, NullLoggerFactory.Instance);
        await _redis.StartAsync();
        Server = await ConnectAsync();
    }

    protected override Task StopServerAsync()
    {
        _redis.Dispose();
        _data.Dispose();
        _temporary.Dispose();
        return Task.CompletedTask;
    }
}
