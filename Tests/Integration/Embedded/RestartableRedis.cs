using SecKill.Embedded;

namespace SecKill.Tests.Integration.Embedded;

/// <summary>What tests of the embedded Redis share: one over a folder of its own, with a connection, to be restarted at will.</summary>
public abstract class RestartableRedis : IAsyncLifetime
{
    private readonly TemporaryFolder _temporary = new();
    private DataFolder _data = null!;
    private EmbeddedRedis _redis = null!;
    private ConnectionMultiplexer _connection = null!;

    protected string Folder => _data.RedisFolder;

    protected int Port => _redis.Port;

    protected string Configuration => _redis.Configuration;

    protected IDatabase Database => _connection.GetDatabase();

    protected IServer Server => _connection.GetServers().Single();

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
        GC.SuppressFinalize(this);
    }

    protected async Task StartAsync(long rewriteAbove = EmbeddedRedis.DefaultRewriteAbove)
    {
        _redis = new EmbeddedRedis(_data, NullLoggerFactory.Instance);
        await _redis.StartAsync(rewriteAbove);
        _connection = await ConnectionMultiplexer.ConnectAsync(_redis.Configuration);
    }

    /// <summary>Brings to disk what was written; without it a stop loses it.</summary>
    protected Task CommitAsync() => Database.ExecuteAsync("COMMITAOF");

    protected async Task StopAsync()
    {
        await CommitAsync();
        await _connection.DisposeAsync();
        _redis.Dispose();
    }

    protected async Task RestartAsync(long rewriteAbove = EmbeddedRedis.DefaultRewriteAbove)
    {
        await StopAsync();
        await StartAsync(rewriteAbove);
    }
}
