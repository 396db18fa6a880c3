namespace SecKill.Grains.Interfaces.Coupons;

/// <summary>
/// Permission to answer a refusal for a short time to customers who surely own nothing and do not wait: to claims, to joins, or to both. Short, so that units that come back show within
/// the lease.
/// </summary>
/// <param name="Reason">The outcome to answer.</param>
/// <param name="Duration">How long the lease holds, counted by the gateway from when it sent the call; zero where no claim may be refused, but the start is told, or joins are refused.</param>
/// <param name="Stamp">The stamp of the filter it goes with.</param>
/// <param name="Filter">The filter itself, or null where the receiver has it, or an earlier one.</param>
/// <param name="StartsIn">How long it is until the start of the sale, counted likewise; null where it has begun.</param>
/// <param name="Added">
/// Where the receiver has a filter of this epoch to which no more is lacking: the last so many names of the stamp, in the order of winning.
/// </param>
/// <param name="AddedJoins">How many of the added names have not won, but joined the waiting list.</param>
/// <param name="FullFor">As the duration, of the refusal of joins: the waiting list is full.</param>
[GenerateSerializer, Immutable]
public sealed record RefusalLease(
    [property: Id(0)] ClaimOutcome Reason,
    [property: Id(1)] TimeSpan Duration,
    [property: Id(2)] FilterStamp Stamp,
    [property: Id(3)] OwnerFilter? Filter,
    [property: Id(5)] TimeSpan? StartsIn = null,
    [property: Id(4)] string[]? Added = null,
    [property: Id(6)] long AddedJoins = 0,
    [property: Id(7)] TimeSpan FullFor = default)
{
    /// <summary>The stamp of the filter that the added names make complete; without added names that of the lease.</summary>
    public FilterStamp AddedTo => Stamp with { Positions = Stamp.Positions + AddedJoins - (Added?.Length ?? 0), Joins = Stamp.Joins - AddedJoins };
}

/// <summary>
/// The state of a coupon's stock of which a filter was made. Equal stamps mean equal sets of owners, whichever silo has gathered them. A
/// filter has all of its stamp; it may have names of a later state too.
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
