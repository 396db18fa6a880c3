namespace SecKill.Tests.Integration.Stock;

/// <summary>The Redis of the cluster mode; it dies by <c>kill -9</c>.</summary>
public sealed class RedisSite : StockSite
{
    private readonly RedisServer _redis = new();

    public string ConnectionString => _redis.ConnectionString;

    protected override string Configuration => ConnectionString;

    protected override Task StartServerAsync() => _redis.StartAsync();

    protected override async Task RestartServerAsync()
    {
        await _redis.RestartAsync();
        await Eventually.HoldsAsync(
            "the product reconnects", "an answer", async () => { await Server.ProbeAsync(); return true; }, done => done, TimeSpan.FromSeconds(60));
    }

    protected override async Task StopServerAsync() => await _redis.DisposeAsync();
}
