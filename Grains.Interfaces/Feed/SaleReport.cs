using SecKill.Grains.Interfaces.Live;

namespace SecKill.Grains.Interfaces.Feed;

/// <summary>
/// A sale counted up: all from one statement of the ledger, with what Redis has beyond it read before. Times in microseconds since 1970.
/// </summary>
/// <param name="Amount">Units in all: owners, held and left.</param>
/// <param name="Left">Units for which the ledger has no owner, and no change under way has set aside.</param>
/// <param name="Held">Units that a change under way has set aside.</param>
/// <param name="Claimed">Claims ever recorded.</param>
/// <param name="Returned">Those of them whose unit was given back.</param>
/// <param name="Queued">Claims that the ledger did not have yet; null where Redis cannot tell.</param>
/// <param name="IsSettled">Whether both stores agree and nothing is on its way.</param>
/// <param name="FirstClaimAt">When the first recorded claim was won; null for none.</param>
/// <param name="LastClaimAt">When the last recorded claim was won; null for none.</param>
/// <param name="AmountChangedAt">When the amount was last changed; null if never.</param>
/// <param name="Answered">Answered claims as gateways have reported them since the coupon's silo has known it; null where it does not tell.</param>
/// <param name="Waiting">How many customers wait, by the ledger.</param>
/// <param name="Redeemed">Units that were used.</param>
[GenerateSerializer, Immutable]
public sealed record SaleReport(
    [property: Id(0)] int Amount,
    [property: Id(1)] int Left,
    [property: Id(2)] int Held,
    [property: Id(3)] long Claimed,
    [property: Id(4)] long Returned,
    [property: Id(5)] long? Queued,
    [property: Id(6)] bool IsSettled,
    [property: Id(7)] long? FirstClaimAt,
    [property: Id(8)] long? LastClaimAt,
    [property: Id(9)] long? AmountChangedAt,
    [property: Id(10)] ClaimCounts? Answered,
    [property: Id(11)] long Waiting = 0,
    [property: Id(12)] long Redeemed = 0)
{
    /// <summary>Customers who own a unit.</summary>
    public long Owners => Claimed - Returned;

    /// <summary>
    /// Since when the ledger has no unit left, by the last claim or by the change that took away the rest; null while there are units left.
    /// </summary>
    public long? SoldOutAt => Left > 0 || Held > 0 ? null : AmountChangedAt > LastClaimAt ? AmountChangedAt : LastClaimAt;
}
