using SecKill.Bench.Commands;

namespace SecKill.Bench.Scaling;

/// <summary>The options of <c>bench scale</c>.</summary>
internal sealed record ScaleOptions : OwnServersOptions
{
    /// <summary>How the cluster changes, after it began with one silo and one gateway.</summary>
    public required IReadOnlyList<ScaleStep> Steps { get; init; }

    /// <summary>How long each shape is measured.</summary>
    public required TimeSpan Measured { get; init; }

    /// <summary>The warm-up before the first measurement and after each change.</summary>
    public required TimeSpan Settling { get; init; }

    /// <summary>Connections of customers, each with a claim under way.</summary>
    public required int Connections { get; init; }

    /// <summary>Claims a second; null for as many as are answered.</summary>
    public double? Rate { get; init; }

    /// <summary>Coupons on sale at the beginning.</summary>
    public required int Coupons { get; init; }

    /// <summary>Coupons that are put on sale after each change.</summary>
    public required int MoreCoupons { get; init; }

    /// <summary>Units of every fourth coupon; the others do not run out.</summary>
    public required int ScarceUnits { get; init; }

    /// <summary>Data in memory instead of on the disk.</summary>
    public bool InMemory { get; init; }
}
