namespace SecKill.Grains.Interfaces.Coupons;

/// <summary>
/// Permission to answer <see cref="ClaimOutcome.SoldOut"/> for a short time to claimants who surely own nothing. Short, so that units
/// that come back (a rebuilt stock) show within the lease.
/// </summary>
/// <param name="Duration">How long the lease holds. Counted by the gateway from when it sent the call.</param>
/// <param name="FilterId">Which owners' filter it goes with.</param>
/// <param name="Filter">The filter itself, or null where the receiver has it.</param>
[GenerateSerializer, Immutable]
public sealed record SoldOutLease(
    [property: Id(0)] TimeSpan Duration,
    [property: Id(1)] string FilterId,
    [property: Id(2)] OwnerFilter? Filter);
