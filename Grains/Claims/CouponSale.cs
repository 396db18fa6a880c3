using SecKill.Grains.Outbox;
using SecKill.Grains.Stock;

namespace SecKill.Grains.Claims;

/// <summary>
/// What a coupon's activation allows its silo's <see cref="ClaimBatchGrain"/>: to run its claims without asking it, as long as
/// nothing out of the ordinary is known. Thread-safe.
/// </summary>
/// <param name="stock">The coupon's.</param>
/// <param name="wins">What is won, by whomever of the two runs the claims.</param>
internal sealed class CouponSale(CouponStock stock, UnpersistedClaims wins)
{
    private volatile bool _isOpen;
    private volatile bool _isDrainDue;

    /// <summary>The coupon's stock.</summary>
    public CouponStock Stock => stock;

    /// <summary>The wins that Redis must not lose.</summary>
    public UnpersistedClaims Wins => wins;

    /// <summary>How much waits to be drained.</summary>
    public Backlog Backlog { get; } = new();

    /// <summary>How many units are left.</summary>
    public UnitsLeft Left { get; } = new();

    /// <summary>The traces of those who have won and are not drained yet.</summary>
    public WinTraces Traces { get; } = new();

    /// <summary>
    /// Whether claims may be run: the stock could be trusted when last seen, pieces were left, the crash-safe wake-up is
    /// registered. None of it need be true any more; the script looks for itself.
    /// </summary>
    public bool IsOpen
    {
        get => _isOpen;
        set => _isOpen = value;
    }

    /// <summary>
    /// Whether the queue will be read some time from now on. Read after a claim was queued, "true" says that it is drained
    /// without anybody being told.
    /// </summary>
    public bool IsDrainDue
    {
        get => _isDrainDue;
        set => _isDrainDue = value;
    }
}
