namespace SecKill.Tests.Integration.Stock;

/// <summary>A server for stock, with the product's connection and an unrestricted one.</summary>
public abstract class StockSite : IAsyncLifetime
{
    private ConnectionMultiplexer _connection = null!;

    /// <summary>The product's connection; outlives a restart where the server keeps its port.</summary>
    public StockServer Server { get; protected set; } = null!;

    public IDatabase Database => _connection.GetDatabase();

    protected abstract string Configuration { get; }

    public async ValueTask InitializeAsync()
    {
        await StartServerAsync();
        Server = await ConnectAsync();
        await OpenAsync();
    }

    /// <summary>Another silo's connection.</summary>
    public Task<StockServer> ConnectAsync() => ConnectAsync(Configuration);

    /// <summary>A silo's connection to a server.</summary>
    public static async Task<StockServer> ConnectAsync(string configuration)
    {
        var server = new StockServer(NullLogger<StockServer>.Instance, TimeProvider.System);
        await server.OpenAsync(configuration);
        return server;
    }

    /// <summary>The server dies and comes back with what it has on disk.</summary>
    public async Task RestartAsync()
    {
        await _connection.DisposeAsync();
        await RestartServerAsync();
        await OpenAsync();
    }

    /// <summary>Brings to disk what a test wrote by its own connection.</summary>
    public virtual Task SaveAsync() => Task.CompletedTask;

    public Task FlushAllAsync() => Database.ExecuteAsync("FLUSHALL");

    public async ValueTask DisposeAsync()
    {
        await _connection.DisposeAsync();
        await Server.DisposeAsync();
        await StopServerAsync();
        GC.SuppressFinalize(this);
    }

    protected abstract Task StartServerAsync();

    protected abstract Task RestartServerAsync();

    protected abstract Task StopServerAsync();

    private async Task OpenAsync() => _connection = await ConnectionMultiplexer.ConnectAsync($"{Configuration},allowAdmin=true");
}
