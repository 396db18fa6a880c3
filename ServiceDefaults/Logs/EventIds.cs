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

    // 2600-2699: accounts and log-outs.

    // 2700-2799: live sales in a silo.

    /// <summary>A silo does not report its claims for the board.</summary>
    public const int BoardSiloNotRead = 2700;

    // 3000-3099: claims in a gateway.

    // 3100-3199: HTTP: faults, limits, tokens.

    // 3200-3299: operators: admin routes and dashboard.

    // 3300-3399: live feeds in a gateway.

    // 4000-4099: embedded mode.
}
