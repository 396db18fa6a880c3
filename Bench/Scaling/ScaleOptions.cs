using SecKill.Bench.Commands;

namespace SecKill.Bench.Scaling;

/// <summary>The options of <c>bench scale</c>.</summary>
/// <param name="Steps">How the cluster changes, after it began with one silo and one gateway.</param>
/// <param name="Measured">How long each shape is measured.</param>
/// <param name="Settling">The warm-up before the first measurement and after each change.</param>
/// <param name="Connections">Connections, each with a claim under way.</param>
/// <param name="Rate">Claims a second; null for as many as are answered.</param>
/// <param name="Coupons">Coupons on sale at the beginning.</param>
/// <param name="MoreCoupons">Coupons that are put on sale after each change.</param>
/// <param name="ScarceUnits">Units of every fourth coupon; the others do not run out.</param>
/// <param name="InMemory">Data in memory instead of on the disk.</param>
internal sealed record ScaleOptions(
    IReadOnlyList<ScaleStep> Steps, TimeSpan Measured, TimeSpan Settling, int Connections, double? Rate, int Coupons, int MoreCoupons, int ScarceUnits, bool InMemory)
    : OwnServersOptions;
