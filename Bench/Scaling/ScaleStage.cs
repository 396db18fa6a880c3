namespace SecKill.Bench.Scaling;

/// <summary>The measurement of one shape of the cluster, as <c>--json</c> writes it.</summary>
/// <param name="After">The change before it; <c>start</c> at the beginning.</param>
/// <param name="Gateways">How many gateways there were.</param>
/// <param name="Silos">How many silos there were.</param>
/// <param name="ChangeSeconds">How long the change took, until the member was ready or gone.</param>
/// <param name="SoldAgainSeconds">From the change until each coupon had an answer again (claimed or sold out).</param>
/// <param name="Coupons">How many coupons were on sale.</param>
/// <param name="Placement">The coupons of each silo, by its name, at the end of the measurement.</param>
/// <param name="ClaimsPerSecond">Claims decided a second.</param>
/// <param name="MicrosPerClaim">Processor time a claim by kind of process, in microseconds.</param>
/// <param name="Undecided">Claims that were answered 503 from the change on.</param>
/// <param name="Unanswered">Claims that were not answered from the change on.</param>
internal sealed record ScaleStage(
    string After, int Gateways, int Silos, double ChangeSeconds, double SoldAgainSeconds, int Coupons, IReadOnlyDictionary<string, int> Placement,
    double ClaimsPerSecond, IReadOnlyDictionary<string, double> MicrosPerClaim, long Undecided, long Unanswered);
