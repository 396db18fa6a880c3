namespace SecKill.Tests.Faults.Drills;

/// <summary>
/// Customers who claim without a pause during faults: each retries until its claim is decided, every fifth time repeats an earlier claim,
/// and sometimes hangs up early. Seeded, so that runs can be repeated.
/// </summary>
/// <param name="sale">The sale, which records every answer.</param>
/// <param name="seed">The seed of their choices.</param>
/// <param name="claimsPerSecond">The approximate rate without faults.</param>
/// <param name="hangUp">Whether some customers do not wait for their answer.</param>
internal sealed class Crowd(Sale sale, int seed, int claimsPerSecond = 300, bool hangUp = false) : IAsyncDisposable
{
    private const int Shoppers = 24;
    private const double Again = 0.2;
    private const double HangUp = 0.05;

    private readonly CancellationTokenSource _stop = new();
    private Task _shopping = Task.CompletedTask;
    private int _claims;

    /// <summary>Claims that were decided so far.</summary>
    public int Claims => Volatile.Read(ref _claims);

    public void Start() => _shopping = Task.WhenAll(Enumerable.Range(0, Shoppers).Select(i => Task.Run(() => ShopAsync(new Random(HashCode.Combine(seed, i))))));

    /// <summary>Waits for the claims in flight; undecided ones stay undecided.</summary>
    public async Task StopAsync()
    {
        await _stop.CancelAsync();
        await _shopping;
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _stop.Dispose();
    }

    private async Task ShopAsync(Random random)
    {
        var past = new List<(OnSale Coupon, string Customer)>();
        var customer = Names.Fresh("c");
        using var pace = new PeriodicTimer(TimeSpan.FromSeconds((double)Shoppers / claimsPerSecond));
        while (!_stop.IsCancellationRequested)
        {
            if (past.Count == 0 || random.NextDouble() >= Again)
            {
                // A customer comes for a few coupons, then the next one does.
                if (past.Count % 8 == 7)
                    customer = Names.Fresh("c");
                past.Add((sale.Coupons[random.Next(sale.Coupons.Count)], customer));
                await ClaimAsync(past[^1], random);
            }
            else
            {
                await ClaimAsync(past[random.Next(past.Count)], random);
            }
            await pace.WaitForNextTickAsync();
        }
    }

    private async Task ClaimAsync((OnSale Coupon, string Customer) claim, Random random)
    {
        TimeSpan? limit = hangUp && random.NextDouble() < HangUp ? TimeSpan.FromMilliseconds(random.Next(1, 30)) : null;
        var heard = await sale.ClaimAsync(claim.Coupon, claim.Customer, limit);
        if (heard == Heard.Unknown)
        {
            await Task.Delay(Sale.RetryAfter, TestContext.Current.CancellationToken);
            heard = await sale.ClaimUntilDecidedAsync(claim.Coupon, claim.Customer, () => _stop.IsCancellationRequested);
        }
        if (heard == Heard.Unknown)
            return;
        Interlocked.Increment(ref _claims);
    }
}
