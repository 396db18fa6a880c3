using System.ComponentModel.DataAnnotations;

namespace SecKill.Grains.Claims;

/// <summary>How coupons are sold, and their won claims relayed to SQL (drained). Section <c>Coupons</c> of the configuration.</summary>
[SettingsSection("Coupons")]
public sealed class CouponOptions
{
    /// <summary>
    /// How long a gateway may refuse claims without asking, of a coupon that is sold out. Default and most: 100 ms. Units that
    /// come back show after this time at the latest; shorter means more calls in a stampede.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:00:00.1")]
    public TimeSpan SoldOutLease { get; set; } = TimeSpan.FromMilliseconds(100);

    /// <summary>
    /// How long won claims gather before they are written to SQL. Default 500 ms. Longer makes larger transactions and a
    /// ledger that is further behind; shorter costs most where many coupons are on sale at once, for each is visited that often.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "00:01:00")]
    public TimeSpan DrainInterval { get; set; } = TimeSpan.FromMilliseconds(500);

    /// <summary>The longest pause between two attempts to drain while SQL is away. Default 2 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "00:10:00")]
    public TimeSpan MaxDrainBackoff { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>
    /// How often one silo checks whether the ledger has lost what Redis knows, as after MySQL was restored to an earlier state. Default
    /// 1 minute. Shorter tells sooner, and costs two queries and one script call for every 200 coupons at each look, with a tenth of a second between two of these.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan LedgerCheckInterval { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>
    /// How often the reminder of a coupon with unpersisted claims rings. Default and minimum: 1 minute.
    /// </summary>
    [Range(typeof(TimeSpan), "00:01:00", "01:00:00")]
    public TimeSpan ReminderPeriod { get; set; } = TimeSpan.FromMinutes(1);
}
