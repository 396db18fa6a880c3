namespace SecKill.Tests.LocalServers.Sales;

/// <summary>The answers to all claims of one coupon.</summary>
/// <param name="Refused">Claims that were refused because no unit was left.</param>
/// <param name="Undecided">Claims without a final answer, which may have won.</param>
public sealed record CouponOutcome(string Name, long Units, long Won, long Refused, long Undecided = 0)
{
    /// <summary>All claims.</summary>
    public long Claims => Won + Refused + Undecided;

    /// <summary>The most wins there can be: as many as units or claims, whichever is less.</summary>
    public long MostWins => Math.Min(Units, Claims);

    /// <summary>The least wins that can have been answered.</summary>
    public long LeastWins => Math.Max(0, MostWins - Undecided);
}
