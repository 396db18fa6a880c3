namespace SecKill.Tests.LocalServers.Sales;

/// <summary>The answers to all claims of one coupon.</summary>
/// <param name="Won">Customers who were told that they own a unit: by a claim, or served from the line.</param>
/// <param name="Refused">Claims that were refused because no unit was left.</param>
/// <param name="Undecided">Claims without a final answer, which may have won.</param>
public sealed record CouponOutcome(string Name, long Units, long Won, long Refused, long Undecided = 0)
{
    /// <summary>How many of those who won gave their unit back.</summary>
    public long Returned { get; init; }

    /// <summary>How many asked to, and do not know whether it was done.</summary>
    public long MayBeReturned { get; init; }

    /// <summary>How many of those who were refused wait, or were served since without having heard of it.</summary>
    public long MayBeServed { get; init; }

    /// <summary>All claims.</summary>
    public long Claims => Won + Refused + Undecided;

    /// <summary>The most wins there can be: as many as units or claims, whichever is less; a unit that comes back may be won again.</summary>
    public long MostWins => Math.Min(Units + Returned + MayBeReturned, Claims);

    /// <summary>The least wins that can have been answered.</summary>
    public long LeastWins => Math.Max(0, Math.Min(Units, Claims) - Undecided);
}
