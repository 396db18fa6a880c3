using Orleans.Concurrency;
using SecKill.Grains.Interfaces;

namespace SecKill.Grains.Stock;

/// <inheritdoc cref="IRedisProbe"/>
[StatelessWorker(1)]
public sealed class RedisProbe(StockServer server) : Grain, IRedisProbe
{
    /// <inheritdoc/>
    public Task Probe() => server.ProbeAsync();
}
