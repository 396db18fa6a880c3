using SecKill.Bench.Load;
using SecKill.Bench.Tokens;

namespace SecKill.Bench.Scenarios;

/// <summary>The server, the sale and the load. The defaults are those of the command line.</summary>
internal sealed record ScenarioOptions : LoadPlan
{
    /// <summary>More units than a run can claim.</summary>
    public const int Plenty = 100_000_000;

    /// <summary>With the defaults.</summary>
    public ScenarioOptions() => (Duration, Warmup) = (TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(2));

    /// <summary>The gateways' URLs.</summary>
    public IReadOnlyList<string> Urls { get; init; } = ["http://localhost:20080"];

    /// <summary>With the server's key, users are synthetic. Null: they register and log in first.</summary>
    public TokenTerms? Tokens { get; init; }

    /// <summary>How many users register, where there is no key; each comes once.</summary>
    public int Users { get; init; } = 500;

    /// <summary>How many coupons are on sale.</summary>
    public int Coupons { get; init; } = 1;

    /// <summary>Units of each coupon.</summary>
    public int Units { get; init; } = Plenty;

    /// <summary>Of <c>browse</c>: the part of the connections that claims while the others list.</summary>
    public double SellingShare { get; init; } = 0.1;

    /// <summary>How long after its creation a coupon goes on sale; null for at once.</summary>
    public TimeSpan? StartsIn { get; init; }

    /// <summary>Whether owners may give their unit back.</summary>
    public bool HasReturns { get; init; }

    /// <summary>How many may wait for a unit of each coupon.</summary>
    public int Waitlist { get; init; }

    /// <summary>Called with the seller and the first coupon, once it is on sale and before the first claim.</summary>
    public Func<string, string, Task>? OnSale { get; init; }
}
