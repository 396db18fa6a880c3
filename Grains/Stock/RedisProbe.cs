using Orleans.Concurrency;

namespace SecKill.Grains.Stock;

/// <inheritdoc cref="IRedisProbe"/>
[StatelessWorker(1)]
internal sealed class RedisProbe(StockServer server) : Grain, IRedisProbe
{
    public Task Probe() => server.ProbeAsync();
}
