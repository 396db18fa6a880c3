namespace SecKill.Grains.Recovery;

/// <summary>
/// A reconciler's right to rebuild a coupon's stock in Redis, which stays closed for all others. Each step extends it; a reconciler
/// that dies loses it when it runs out, or with Redis. Steps run in the incarnation of <c>scripts</c> only.
/// </summary>
internal sealed class RebuildLease(StockServer server, ScriptSet scripts, CouponId id)
{
    public const int StepSize = 1000;

    private static readonly TimeSpan _duration = TimeSpan.FromSeconds(10);

    private readonly RedisKey[] _keys = StockKeys.OfCoupon(id);

    public string Token { get; } = Guid.NewGuid().ToString("N");

    private static RedisValue DurationMicros => (long)_duration.TotalMicroseconds;

    /// <summary>Closes the coupon and takes the lease.</summary>
    /// <returns>The epoch the coupon was in, or -1.</returns>
    /// <exception cref="UnavailableException">Another reconciler has it, or Redis does not answer.</exception>
    public async Task<long> TakeAsync()
    {
        var closed = await server.EvaluateAsync(scripts, Script.Close, _keys[..StockKeys.Fenced], Token, DurationMicros);
        return (int)closed[0] == 1 ? CouponStock.Number(closed[1]) : throw new UnavailableException($"Coupon {id.Key} is being reconciled by another silo.");
    }

    public Task RenewAsync() => StepAsync("renew", []);

    /// <summary>Gives the lease up, so that the next reconciler need not wait; the coupon stays closed.</summary>
    public async Task ReleaseAsync()
    {
        try
        {
            await StepAsync("release", []);
        }
        catch (UnavailableException)
        {
            // Then the lease must run out.
        }
    }

    public async Task StepsAsync(string action, IEnumerable<string> values)
    {
        foreach (var chunk in values.Chunk(StepSize))
            await StepAsync(action, chunk);
    }

    /// <summary>Makes one step of restore.lua.</summary>
    /// <exception cref="UnavailableException">Another reconciler took over, or Redis does not answer or was replaced.</exception>
    public async Task StepAsync(string action, string[] values)
    {
        RedisValue[] arguments = [Token, DurationMicros, action, .. values.Select(value => (RedisValue)value)];
        if ((int)(await server.EvaluateAsync(scripts, Script.Restore, _keys, arguments))[0] != 1)
            throw new UnavailableException($"Another silo took over reconciling coupon {id.Key}.");
    }
}
