namespace SecKill.Tests.Faults.Drills;

/// <summary>Knows which gateways are ready, like a balancer: polls them five times a second.</summary>
internal sealed class ReadinessBalancer : IAsyncDisposable
{
    private static readonly TimeSpan _period = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan _soon = TimeSpan.FromSeconds(30);

    private readonly IReadOnlyList<Node> _gateways;
    private readonly bool[] _ready;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _asking;

    public ReadinessBalancer(IReadOnlyList<Node> gateways)
    {
        _gateways = gateways;
        _ready = [.. gateways.Select(_ => true)];
        _asking = Task.WhenAll(gateways.Select((_, i) => Task.Run(() => AskAsync(i))));
    }

    public bool Takes(int gateway) => Volatile.Read(ref _ready[gateway]);

    public Task TakesAllAsync() => Eventually.EqualAsync("the balancer takes every gateway", true, () => Task.FromResult(Array.TrueForAll(_ready, one => one)), _soon);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _asking;
        _stop.Dispose();
    }

    private async Task AskAsync(int gateway)
    {
        while (!_stop.IsCancellationRequested)
        {
            Volatile.Write(ref _ready[gateway], await _gateways[gateway].IsReadyAsync());
            await Task.Delay(_period, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
