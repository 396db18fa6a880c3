namespace SecKill.Tests.Faults.Drills;

/// <summary>Customers who want one of few units, wait in line until they are served, and give it back for the next.</summary>
internal sealed class HandOver(ClusterDeployment cluster, SellersCoupon coupon) : IAsyncDisposable
{
    private const int AtOnce = 8;

    private static readonly TimeSpan _look = TimeSpan.FromMilliseconds(100);

    private readonly CancellationTokenSource _stop = new();
    private readonly Waiters _waiters = new(cluster, coupon);
    private Task _visiting = Task.CompletedTask;
    private int _served;
    private int _returned;

    public void Start() => _visiting = Task.WhenAll(Enumerable.Range(0, AtOnce).Select(_ => Task.Run(VisitAsync)));

    /// <summary>Those in line leave it, and owners give their unit back.</summary>
    public async Task StopAsync()
    {
        await _stop.CancelAsync();
        await _visiting;
    }

    /// <summary>All answers were true, and both stores have all units back.</summary>
    /// <returns>What was found, in words.</returns>
    public async Task<string> CheckAsync()
    {
        await coupon.SettledAsync(isQuiet: true);
        var report = await coupon.AddsUpAsync();
        Assert.Equal(
            (0, _returned, 0), (report.GetProperty("owners").GetInt32(), report.GetProperty("returned").GetInt32(), report.GetProperty("waiting").GetInt32()));
        Assert.Empty(_waiters.FindLies([]));
        Assert.True(_served > 0, "No customer was served.");
        return $"{_returned} customers had one of {coupon.OnSale.Amount} units one after the other, {_served} of them from the line; none of {_waiters.Judged} answers was a lie";
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _stop.Dispose();
    }

    private async Task VisitAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            var customer = Names.Fresh("h");
            if (await _waiters.ClaimAsync(customer) || await WaitAsync(customer))
            {
                await _waiters.ReturnAsync(customer);
                Interlocked.Increment(ref _returned);
            }
        }
    }

    /// <returns>Whether the customer owns a unit in the end; else it has left.</returns>
    private async Task<bool> WaitAsync(string customer)
    {
        await _waiters.JoinAsync(customer);
        while (!_stop.IsCancellationRequested)
        {
            if (await _waiters.PlaceAsync(customer) == 0)
            {
                Interlocked.Increment(ref _served);
                return true;
            }
            await Task.Delay(_look);
        }
        return !await _waiters.LeaveAsync(customer);
    }
}
