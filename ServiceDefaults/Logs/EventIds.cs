namespace SecKill.ServiceDefaults.Logs;

/// <summary>The ids of all log messages, by area. An id keeps its meaning for ever; a message that goes leaves a gap.</summary>
public static class EventIds
{
    // 1000-1099: start, stop, settings, stores.
    /// <summary>A program runs.</summary>
    public const int Started = 1000;
    /// <summary>A setting is misspelt and ignored.</summary>
    public const int SettingUnknown = 1001;
    /// <summary>Redis or SQL does not answer at start.</summary>
    public const int StoreAwaited = 1002;
    /// <summary>Redis or SQL does not answer, or takes no writes.</summary>
    public const int StoreNotReady = 1003;
    /// <summary>The clock was set back so far that the silo ends.</summary>
    public const int ClockSetBack = 1004;
    /// <summary>A gateway listens.</summary>
    public const int Listening = 1005;
    /// <summary>A gateway finds no silo at start.</summary>
    public const int SiloAwaited = 1006;

    // 1100-1199: membership of the cluster.
    /// <summary>Redis had lost the table of members; it was put back.</summary>
    public const int TableRestored = 1100;
    /// <summary>The table of members could not be read.</summary>
    public const int TableUnreadable = 1101;
    /// <summary>The other silos have declared this one dead.</summary>
    public const int VotedOut = 1102;
    /// <summary>This silo cannot follow the members.</summary>
    public const int MembershipBroken = 1103;
    /// <summary>A member without signs of life was declared dead.</summary>
    public const int SilentDeclaredDead = 1104;
    /// <summary>This silo waits for silent members before it joins.</summary>
    public const int SilentAwaited = 1105;

    // 2000-2099: claims in a silo.

    // 2100-2199: outbox and relay.

    // 2200-2299: recovery and audit.

    // 2300-2399: stock and Redis.

    // 2400-2499: ledger.

    // 2500-2599: lists.

    // 2600-2699: accounts and log-outs.

    // 2700-2799: live sales in a silo.

    // 3000-3099: claims in a gateway.

    // 3100-3199: HTTP: faults, limits, tokens.

    // 3200-3299: operators: admin routes and dashboard.

    // 3300-3399: live feeds in a gateway.

    // 4000-4099: embedded mode.
    /// <summary>The Redis log could not be rewritten.</summary>
    public const int RewriteFailed = 4000;
    /// <summary>The Redis log was rewritten.</summary>
    public const int Rewritten = 4001;
    /// <summary>The Redis log cannot be written.</summary>
    public const int LogBroken = 4002;
    /// <summary>The end of a torn Redis log was cut off.</summary>
    public const int LogCut = 4003;
}
