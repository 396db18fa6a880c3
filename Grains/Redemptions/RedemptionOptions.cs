using System.ComponentModel.DataAnnotations;

namespace SecKill.Grains.Redemptions;

/// <summary>How units are redeemed. Section <c>Redemptions</c> of the configuration.</summary>
[SettingsSection("Redemptions")]
public sealed class RedemptionOptions
{
    /// <summary>
    /// For how long a redemption can be taken back, by the clock of SQL. Default 10 minutes: a till's mistake. 0 forbids it. Longer leaves more time
    /// to redeem one unit twice by taking the first one back.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00", "7.00:00:00")]
    public TimeSpan UndoWithin { get; set; } = TimeSpan.FromMinutes(10);
}
