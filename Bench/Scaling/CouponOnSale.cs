using SecKill.Bench.Load;
using SecKill.Tests.LocalServers.Sales;

namespace SecKill.Bench.Scaling;

/// <summary>A coupon on sale, with the answers about it. Thread-safe.</summary>
/// <param name="name">Its name.</param>
/// <param name="units">Its units.</param>
internal sealed class CouponOnSale(string name, int units) : CouponRecord(name, units)
{
    private long _lastDecided;

    /// <summary>What comes before the token in a claim.</summary>
    public required byte[] ClaimHead { get; init; }

    /// <summary>When a claim was last decided, on the <see cref="Clock"/>.</summary>
    public long LastDecided
    {
        get => Volatile.Read(ref _lastDecided);
        set => Volatile.Write(ref _lastDecided, value);
    }
}
