namespace SecKill.Bench.Scaling;

/// <summary>The measurement of one shape of the cluster.</summary>
internal sealed record ScaleStage
{
    /// <summary>The change before it; <c>start</c> at the beginning.</summary>
    public required string After { get; init; }

    /// <summary>How many gateways there were.</summary>
    public required int Gateways { get; init; }

    /// <summary>How many silos there were.</summary>
    public required int Silos { get; init; }

    /// <summary>How long the change took, until the member was ready or gone, in seconds.</summary>
    public required double ChangeSeconds { get; init; }

    /// <summary>Seconds from the start of the change until each coupon had an answer again (claimed or sold out).</summary>
    public required double SoldAgainSeconds { get; init; }

    /// <summary>How many coupons were on sale.</summary>
    public required int Coupons { get; init; }

    /// <summary>How many coupons each silo had, by its name, at the end of the measurement.</summary>
    public required IReadOnlyDictionary<string, int> Placement { get; init; }

    /// <summary>Claims decided a second.</summary>
    public required double ClaimsPerSecond { get; init; }

    /// <summary>Processor time a claim by kind of process, in microseconds.</summary>
    public required IReadOnlyDictionary<string, double> MicrosPerClaim { get; init; }

    /// <summary>Claims that were answered 503 from the change on.</summary>
    public required long Undecided { get; init; }

    /// <summary>Claims that were not answered from the change on.</summary>
    public required long Unanswered { get; init; }
}
