namespace SecKill.Gateway.Coupons;

/// <summary>
/// Reads coupons for all who ask at once: one call a coupon at a time. A request joins the next call, never the one under way, so its
/// answer is as fresh as that of its own call. Before a start a crowd asks.
/// </summary>
internal sealed class CouponReads(Func<CouponId, Task<CouponView?>> read)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<CouponId, Reads> _reads = [];

    /// <summary>Reads a coupon; null where there is none.</summary>
    /// <exception cref="UnavailableException">It cannot be read.</exception>
    public Task<CouponView?> ReadAsync(CouponId coupon)
    {
        lock (_gate)
        {
            if (_reads.TryGetValue(coupon, out var reads))
                return reads.Next ??= RunAsync(coupon, reads, reads.Running);
            _reads[coupon] = reads = new Reads();
            return reads.Running = RunAsync(coupon, reads, Task.CompletedTask);
        }
    }

    private async Task<CouponView?> RunAsync(CouponId coupon, Reads reads, Task earlier)
    {
        await earlier.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ForceYielding);
        try
        {
            return await read(coupon);
        }
        finally
        {
            lock (_gate)
            {
                if (reads.Next is { } next)
                    (reads.Running, reads.Next) = (next, null);
                else
                    _reads.Remove(coupon);
            }
        }
    }

    private sealed class Reads
    {
        public Task<CouponView?> Running { get; set; } = Task.FromResult<CouponView?>(null);

        public Task<CouponView?>? Next { get; set; }
    }
}
