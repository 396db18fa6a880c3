namespace SecKill.Grains.Interfaces.Coupons;

/// <summary>
/// Permission to answer a refusal for a short time to claimants who surely own nothing. Short, so that units that come back show within
/// the lease.
/// </summary>
/// <param name="Reason">The outcome to answer.</param>
/// <param name="Duration">How long the lease holds. Counted by the gateway from when it sent the call.</param>
/// <param name="Stamp">The stamp of the filter it goes with.</param>
/// <param name="Filter">The filter itself, or null where the receiver has it.</param>
[GenerateSerializer, Immutable]
public sealed record RefusalLease(
    [property: Id(0)] ClaimOutcome Reason,
    [property: Id(1)] TimeSpan Duration,
    [property: Id(2)] FilterStamp Stamp,
    [property: Id(3)] OwnerFilter? Filter);

/// <summary>
/// The state of a coupon's stock of which a filter was made. Equal stamps mean equal sets of names, whichever silo has scanned them.
/// </summary>
/// <param name="Epoch">The epoch of the stock.</param>
/// <param name="Positions">How many claims had ever entered the outbox.</param>
/// <param name="Joins">How many customers had ever joined the waiting list.</param>
/// <param name="Leaves">How many had ever left it.</param>
[GenerateSerializer, Immutable]
public readonly record struct FilterStamp(
    [property: Id(0)] long Epoch, [property: Id(1)] long Positions, [property: Id(2)] long Joins = 0, [property: Id(3)] long Leaves = 0)
{
    /// <summary>Whether this is of an earlier state: within an epoch the counts only grow.</summary>
    public bool IsBefore(FilterStamp other) =>
        Epoch < other.Epoch || (Epoch == other.Epoch && (Positions < other.Positions || Joins < other.Joins || Leaves < other.Leaves));
}
