namespace SecKill.Bench.Capacity;

/// <summary>A planned sale.</summary>
/// <param name="Users">Customers; each claims once.</param>
/// <param name="Seconds">The seconds within which they come.</param>
/// <param name="Coupons">Coupons on sale, in equal demand.</param>
/// <param name="Units">Units of all coupons together.</param>
/// <param name="LogInMinutes">The minutes before the sale within which all log in.</param>
/// <param name="Cores">Processors of a pod.</param>
/// <param name="Use">The usable share of a processor; the rest is reserve.</param>
internal sealed record PlannedSale(long Users, double Seconds, int Coupons, long Units, double LogInMinutes, double Cores, double Use);

/// <summary>What a sale needs: arithmetic over <see cref="CostTable"/>, nothing else.</summary>
internal sealed class CapacityPlan(PlannedSale sale, CostTable costs)
{
    // Limits:MaxConnections of a gateway is 65,536; some room for those that are about to be closed.
    private const double ConnectionsPerGateway = 50_000;
    // Of its processors a silo lets half hash passwords (Passwords:Concurrency).
    private const double HashingShare = 0.5;
    // At least two of each, or a restart leaves none.
    private const int FewestPods = 2;

    private readonly WinCost _win = CostTable.WinOf(sale.Coupons);

    /// <summary>Claims a second while units last. Each may win, so this is the load to size for.</summary>
    public double ClaimsPerSecond => sale.Users / sale.Seconds;

    /// <summary>Gateways: for the claims, or for the connections if that is more.</summary>
    public long Gateways => Pods(Math.Max(ClaimsPerSecond * _win.Gateway / MicrosOfPod, sale.Users / ConnectionsPerGateway));

    /// <summary>Silos for the claims.</summary>
    public long Silos => Pods(ClaimsPerSecond * _win.Silo / MicrosOfPod);

    /// <summary>Silos for the log-ins before the sale.</summary>
    public long SilosForLogIns => Pods(sale.Users * costs.HashMillis / 1_000 / (sale.LogInMinutes * 60) / (sale.Cores * HashingShare));

    /// <summary>Redis primaries; at most one a coupon, as a coupon is on one of them.</summary>
    public long RedisPrimaries => Math.Min(sale.Coupons, (long)Math.Ceiling(ClaimsPerSecond / ClaimsOfPrimary));

    /// <summary>Claims a second that these primaries decide; more wait or are told to retry.</summary>
    public double DecidedPerSecond => Math.Min(ClaimsPerSecond, RedisPrimaries * ClaimsOfPrimary);

    /// <summary>How many seconds after its beginning all is sold.</summary>
    public double SoldOutAfter => Math.Min(sale.Units, sale.Users) / DecidedPerSecond;

    /// <summary>How many seconds after its beginning the ledger has it all.</summary>
    public double DrainedAfter => Math.Max(SoldOutAfter, Math.Min(sale.Units, sale.Users) / costs.LedgerRowsPerSecond);

    /// <summary>Memory of a gateway for its connections, in gigabytes.</summary>
    public double GatewayGigabytes => (double)sale.Users / Gateways * costs.ConnectionKilobytes / 1e6;

    /// <summary>Memory of all Redis primaries for the claims, in gigabytes.</summary>
    public double RedisGigabytes => Math.Min(sale.Units, sale.Users) * costs.RedisBytes / 1e9;

    /// <summary>Size of the ledger, in gigabytes.</summary>
    public double SqlGigabytes => Math.Min(sale.Units, sale.Users) * costs.SqlBytes / 1e9;

    /// <summary>Between clients and gateways, in gigabits a second.</summary>
    public double Gigabits => ClaimsPerSecond * costs.ClaimHttpBytes * 8 / 1e9;

    private double MicrosOfPod => sale.Cores * sale.Use * 1e6;

    private double ClaimsOfPrimary => sale.Use * 1e6 / _win.Redis;

    private static long Pods(double wanted) => Math.Max(FewestPods, (long)Math.Ceiling(wanted));
}
