using SecKill.Bench.Scenarios;

namespace SecKill.Bench.Rehearsal;

/// <summary>The sale that is rehearsed.</summary>
/// <param name="Server">The server, the coupons and their units.</param>
/// <param name="Users">The number of customers; each claims one coupon.</param>
/// <param name="Curve">How they arrive.</param>
/// <param name="Duration">The time within which they arrive.</param>
/// <param name="Retries">Retries of an undecided claim.</param>
internal sealed record RehearsalOptions(ScenarioOptions Server, int Users, ArrivalCurve Curve, TimeSpan Duration, int Retries);
