namespace SecKill.Research.Compare;

/// <summary>One request of a scenario.</summary>
internal enum Step
{
    /// <summary>A customer claims a unit of a coupon.</summary>
    Claim,

    /// <summary>A customer lists the own coupons.</summary>
    ListOwn,

    /// <summary>A customer lists the seller's coupons.</summary>
    ListSeller,
}

/// <summary>What is asked of every target alike.</summary>
/// <param name="Name">As given on the command line.</param>
/// <param name="Says">One line for the report.</param>
/// <param name="Coupons">How many coupons the seller has; claims go to all of them in turn.</param>
/// <param name="Units">The units of each coupon.</param>
/// <param name="Steps">The requests of each user, in order; once a round.</param>
internal sealed record ComparedScenario(string Name, string Says, int Coupons, int Units, params IReadOnlyList<Step> Steps)
{
    /// <summary>More than a run of some minutes can sell.</summary>
    private const int Plenty = 100_000_000;

    /// <summary>All there are.</summary>
    public static IReadOnlyList<ComparedScenario> All { get; } =
    [
        new("sell", "every request is a new user's claim of one coupon, and wins", 1, Plenty, Step.Claim),
        new("stampede", "every request is a new user's claim of one coupon with 100 units", 1, 100, Step.Claim),
        new("many-100", "every request is a new user's claim, and wins, 100 coupons in turn", 100, Plenty, Step.Claim),
        new("many-1000", "every request is a new user's claim, and wins, 1,000 coupons in turn", 1_000, Plenty, Step.Claim),
        new("browse", "every request lists the 20 coupons of a seller", 20, 100, Step.ListSeller),
        // Without the log-in: a password's hash is slow on purpose, and would be all that is measured.
        new("journey", "new users list their coupons, claim, and list again", 1, Plenty, Step.ListOwn, Step.Claim, Step.ListOwn),
    ];

    /// <summary>Whether a list is what nginx is to answer, instead of 204.</summary>
    public bool IsListing => Steps.All(step => step == Step.ListSeller);
}
