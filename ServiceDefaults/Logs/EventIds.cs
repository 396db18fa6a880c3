namespace SecKill.ServiceDefaults.Logs;

/// <summary>The ids of all log messages, by area. An id keeps its meaning for ever; a message that goes leaves a gap.</summary>
public static class EventIds
{
    // 1000-1099: start, stop, settings, stores.

    // 1100-1199: membership of the cluster.

    // 2000-2099: claims in a silo.

    // 2100-2199: outbox and relay.

    // 2200-2299: recovery and audit.

    /// <summary>The ledger lacks what Redis knows.</summary>
    public const int LedgerFellBack = 2250;

    /// <summary>The ledger has all that Redis knows again.</summary>
    public const int LedgerComplete = 2251;

    /// <summary>Ledger and Redis could not be compared.</summary>
    public const int LedgerNotCompared = 2252;

    /// <summary>A command's rebuilding of a coupon is tried again.</summary>
    public const int RebuildRetried = 2253;

    // 2300-2399: stock and Redis.

    // 2400-2499: ledger.

    /// <summary>Accounts are kept under a number.</summary>
    public const int UpgradeFoundNumbered = 2400;

    /// <summary>How many names an upgrade has looked at.</summary>
    public const int UpgradeSawNames = 2401;

    /// <summary>How many accounts an upgrade has moved.</summary>
    public const int UpgradeMovedAccounts = 2402;

    /// <summary>An upgrade has moved the accounts whose names are known.</summary>
    public const int UpgradeNamedAccounts = 2403;

    // 2500-2599: lists.

    // 2600-2699: accounts and log-outs.

    /// <summary>A gateway did not acknowledge a log-out.</summary>
    public const int LogOutNotPushed = 2600;

    /// <summary>Expired log-outs could not be removed.</summary>
    public const int LogOutsNotTrimmed = 2601;

    // 2700-2799: live sales in a silo.

    // 3000-3099: claims in a gateway.

    // 3100-3199: HTTP: faults, limits, tokens.

    // 3200-3299: operators: admin routes and dashboard.

    // 3300-3399: live feeds in a gateway.

    // 4000-4099: embedded mode.
}
