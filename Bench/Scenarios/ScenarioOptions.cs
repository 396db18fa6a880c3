using SecKill.Bench.Tokens;

namespace SecKill.Bench.Scenarios;

/// <summary>The server and the load. The defaults are those of the command line.</summary>
internal sealed record ScenarioOptions
{
    /// <summary>More units than a run can claim.</summary>
    public const int Plenty = 100_000_000;

    /// <summary>The gateways' URLs; connections are dealt out to them in turn.</summary>
    public IReadOnlyList<string> Urls { get; init; } = ["http://localhost:20080"];

    /// <summary>Connections, with one request in flight each.</summary>
    public int Connections { get; init; } = 128;

    /// <summary>For how long requests are measured. Null: until <see cref="Requests"/> are made, or the users have come.</summary>
    public TimeSpan? Duration { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How many requests in all, those of the warm-up included.</summary>
    public long? Requests { get; init; }

    /// <summary>The warm-up: how long requests are made but not measured.</summary>
    public TimeSpan Warmup { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Requests a second (open loop). Null: as many as the server answers (closed loop).</summary>
    public double? Rate { get; init; }

    /// <summary>With the server's key, users are synthetic. Null: they register and log in first.</summary>
    public TokenTerms? Tokens { get; init; }

    /// <summary>How many users register, where there is no key; each comes once.</summary>
    public int Users { get; init; } = 500;

    /// <summary>How many coupons are on sale.</summary>
    public int Coupons { get; init; } = 1;

    /// <summary>Units of each coupon.</summary>
    public int Units { get; init; } = Plenty;

    /// <summary>Which part of the connections claims while the others read; of <c>browse</c>.</summary>
    public double SellingShare { get; init; } = 0.1;

    /// <summary>Called with the seller and the first coupon, once it is on sale and before the first claim.</summary>
    public Func<string, string, Task>? OnSale { get; init; }

    /// <summary>After how long without an answer a request is given up.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(10);
}
