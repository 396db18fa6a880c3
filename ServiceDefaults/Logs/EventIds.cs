namespace SecKill.ServiceDefaults.Logs;

/// <summary>The ids of all log messages, by area. An id keeps its meaning for ever; a message that goes leaves a gap.</summary>
public static class EventIds
{
    // 1000-1099: start, stop, settings, stores.

    // 1100-1199: membership of the cluster.

    // 2000-2099: claims in a silo.

    // 2100-2199: outbox and relay.

    // 2200-2299: recovery and audit.

    // 2300-2399: stock and Redis.

    // 2400-2499: ledger.

    // 2500-2599: lists.

    /// <summary>A list could not be read.</summary>
    public const int ListNotRead = 2500;

    /// <summary>The stock of a coupon on a list cannot be verified.</summary>
    public const int ListedCouponUnverified = 2501;

    // 2600-2699: accounts and log-outs.

    // 2700-2799: live sales in a silo.

    /// <summary>A silo does not report its claims for the board.</summary>
    public const int BoardSiloNotRead = 2700;

    // 3000-3099: claims in a gateway.

    /// <summary>Claims waited too long to be sent.</summary>
    public const int ClaimsTooLate = 3000;

    /// <summary>A call with claims failed or timed out.</summary>
    public const int ClaimsUndecided = 3001;

    /// <summary>A silo left the cluster; the calls under way to it are abandoned.</summary>
    public const int SiloGone = 3002;

    /// <summary>A gateway could not read the list of silos.</summary>
    public const int MembersNotRead = 3003;

    /// <summary>The connection of a client that reads too slowly was closed.</summary>
    public const int SlowReaderClosed = 3004;

    // 3100-3199: HTTP: faults, limits, tokens.

    // 3200-3299: operators: admin routes and dashboard.

    // 3300-3399: live feeds in a gateway.

    /// <summary>A gateway could not report answered claims to a silo.</summary>
    public const int OutcomesNotReported = 3300;

    /// <summary>A sale with subscribers could not be read.</summary>
    public const int LiveSaleNotRead = 3301;

    // 4000-4099: embedded mode.
}
