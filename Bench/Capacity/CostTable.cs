namespace SecKill.Bench.Capacity;

/// <summary>
/// Costs measured on the machine of docs/internals/benchmarks.md and listed in docs/operating/capacity.md. On another machine, measure them
/// with <c>research compare</c> and <c>research figures</c>.
/// </summary>
internal sealed record CostTable
{
    /// <summary>Processor time of a claim that wins, by how many coupons are sold at once, in microseconds.</summary>
    public static IReadOnlyList<WinCost> Wins { get; } =
    [
        new(1, Gateway: 47.4, Silo: 16.1, Redis: 19.7, MySql: 8.2),
        new(100, Gateway: 52.8, Silo: 28.5, Redis: 44.1, MySql: 9.5),
        new(1_000, Gateway: 51.1, Silo: 42.1, Redis: 70.1, MySql: 18.5),
    ];

    /// <summary>Processor time of a registration, or of a log-in whose password is hashed, in milliseconds.</summary>
    public double HashMillis { get; init; } = 245;

    /// <summary>Rows that one ledger takes a second.</summary>
    public double LedgerRowsPerSecond { get; init; } = 37_200;

    /// <summary>Memory of a gateway for a connection, in kilobytes.</summary>
    public double ConnectionKilobytes { get; init; } = 28;

    /// <summary>Bytes of a claim and its answer between client and gateway, HTTP alone.</summary>
    public double ClaimHttpBytes { get; init; } = 570;

    /// <summary>Memory of Redis for a claim that won, in bytes.</summary>
    public double RedisBytes { get; init; } = 190;

    /// <summary>Rows and indexes of SQL for a claim that won, in bytes.</summary>
    public double SqlBytes { get; init; } = 81;

    /// <summary>The cost of a win with this many coupons on sale: the next larger measured number, else the last.</summary>
    public static WinCost WinOf(int coupons) => Wins.FirstOrDefault(cost => coupons <= cost.Coupons) ?? Wins[^1];
}

/// <summary>Processor time of a claim that wins, in microseconds.</summary>
/// <param name="Coupons">The number of coupons on sale at once.</param>
/// <param name="Gateway">A gateway's share.</param>
/// <param name="Silo">A silo's share.</param>
/// <param name="Redis">The share of a Redis primary, which uses one core.</param>
/// <param name="MySql">MySQL's share.</param>
internal sealed record WinCost(int Coupons, double Gateway, double Silo, double Redis, double MySql);
