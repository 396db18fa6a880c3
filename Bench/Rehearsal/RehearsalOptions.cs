using SecKill.Bench.Scenarios;

namespace SecKill.Bench.Rehearsal;

/// <summary>The sale that is rehearsed.</summary>
/// <param name="Server">The server, the coupons and the pieces.</param>
/// <param name="Users">How many customers come; each wants one coupon.</param>
/// <param name="Curve">How they arrive.</param>
/// <param name="Duration">Within which time.</param>
/// <param name="Retries">How often each tries again when its claim could not be decided.</param>
internal sealed record RehearsalOptions(ScenarioOptions Server, int Users, ArrivalCurve Curve, TimeSpan Duration, int Retries);
