using System.Collections.Concurrent;

namespace SecKill.Gateway.Limits;

/// <summary>
/// Limits how many codes a seller's tills may try that do not exist. Codes that exist are not counted. Which it was shows afterwards only, so
/// that a batch, or many at once, may go beyond the limit; nothing is taken then until that has been made up for.
/// </summary>
internal sealed class WrongCodes(IOptions<LimitOptions> options, TimeProvider time)
{
    private const string Reason = "Too many wrong codes of this seller's tills.";

    // Far more than sellers whose tills mistype at one time.
    private const int SweepAbove = 1_000;

    private readonly int _burst = options.Value.WrongCodeBurst;

    private readonly TimeSpan _each = TimeSpan.FromSeconds(1 / options.Value.WrongCodesPerSecond);

    // By when all that a seller's tills have tried is made up for; the time since the first instant of this object.
    private readonly ConcurrentDictionary<string, TimeSpan> _paidOff = new();

    private readonly long _began = time.GetTimestamp();

    public static Reply Sample => TokenBucket.Sample(Reason);

    /// <summary>Whether a seller may try a code.</summary>
    /// <returns>The refusal; null if so.</returns>
    public Reply? Check(string seller)
    {
        if (_burst == 0 || !_paidOff.TryGetValue(seller, out var paidOff))
            return null;
        var wait = paidOff - time.GetElapsedTime(_began) - ((_burst - 1) * _each);
        if (wait <= TimeSpan.Zero)
            return null;
        GatewayMetrics.Rejected.Add(GatewayLimit.WrongCodes);
        return TokenBucket.Refusal(Reason, wait);
    }

    /// <summary>Counts codes that did not exist.</summary>
    public void Count(string seller, int wrong)
    {
        if (_burst == 0 || wrong == 0)
            return;
        var now = time.GetElapsedTime(_began);
        if (_paidOff.Count > SweepAbove)
            Sweep(now);
        _paidOff.AddOrUpdate(seller, _ => now + (wrong * _each), (_, before) => (before > now ? before : now) + (wrong * _each));
    }

    private void Sweep(TimeSpan now)
    {
        foreach (var one in _paidOff)
        {
            if (one.Value <= now)
                _paidOff.TryRemove(one);
        }
    }
}
