using SecKill.Silo.Embedded;
using SecKill.Tests.Embedded;

namespace SecKill.Tests.Stock;

/// <summary>The Redis of the embedded mode. It lives and dies with the product's process, so a restart takes the connection along.</summary>
public sealed class GarnetSite : StockSite
{
    private readonly TemporaryFolder _temporary = new();
    private DataFolder _data = null!;
    private EmbeddedRedis _redis = null!;

    protected override string Configuration => _redis.Configuration;

    protected override async Task StartServerAsync()
    {
        _data = new DataFolder(_temporary.Path);
        _redis = await EmbeddedRedis.StartAsync(_data);
    }

    protected override async Task RestartServerAsync()
    {
        await Server.DisposeAsync();
        _redis.Dispose();
        _redis = await EmbeddedRedis.StartAsync(_data);
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
