using SecKill.Bench.Scenarios;

namespace SecKill.Bench.Rehearsal;

/// <summary>The sale that is rehearsed.</summary>
/// <param name="Server">The server, the coupons and their units.</param>
/// <param name="Users">The number of customers; each claims one coupon.</param>
/// <param name="Curve">How they arrive.</param>
/// <param name="Duration">The time within which they arrive.</param>
/// <param name="Retries">Retries of an undecided claim, or of what follows it.</param>
internal sealed record RehearsalOptions(ScenarioOptions Server, int Users, ArrivalCurve Curve, TimeSpan Duration, int Retries)
{
    /// <summary>The part of the owners who give their unit back, 0 to 1.</summary>
    public double Returns { get; init; }

    /// <summary>The part of the owners who have their unit redeemed, 0 to 1.</summary>
    public double Redeemed { get; init; }

    /// <summary>Whether anything follows a claim.</summary>
    public bool HasSecondChances => Returns > 0 || Redeemed > 0 || Server.Waitlist > 0;
}
