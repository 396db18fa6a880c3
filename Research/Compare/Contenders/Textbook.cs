using SecKill.Bench.Tokens;
using SecKill.Tests.LocalServers.Deployments;
using SecKill.Tests.LocalServers.Servers;

namespace SecKill.Research.Compare.Contenders;

/// <summary>The textbook's flash sale, with a Redis that keeps nothing.</summary>
internal sealed class Textbook(TokenTerms terms) : Contender
{
    private readonly RedisServer _redis = new(durable: false);
    private ServerProcess? _process;

    public override string Name => "textbook";

    public override Uri Address { get; } = NewAddress();

    public override IReadOnlyList<DeployedProcess> Processes => [new("textbook", _process!.Pid), new("redis", _redis.Pid)];

    public override async Task StartAsync(CancellationToken stop)
    {
        await _redis.StartAsync();
        var key = Convert.ToBase64String(terms.Key);
        _process = await StartAsync(
            Serve("textbook", "--port", $"{Address.Port}", "--signing-key", key, "--redis", _redis.ConnectionString), Name, Address);
    }

    public override Task PrepareAsync(MeasuredSale sale, CancellationToken stop) => new Seller(Address, sale, terms).CreateCouponsAsync(stop);

    public override async ValueTask DisposeAsync()
    {
        if (_process is not null)
            await _process.DisposeAsync();
        await _redis.DisposeAsync();
    }
}
