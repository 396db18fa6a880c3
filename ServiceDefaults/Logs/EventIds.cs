namespace SecKill.ServiceDefaults.Logs;

/// <summary>The ids of all log messages, by area. An id keeps its meaning for ever; a message that goes leaves a gap.</summary>
internal static class EventIds
{
    // 1000-1099: start, stop, settings, stores.
    public const int Started = 1000;
    public const int SettingUnknown = 1001;
    public const int StoreAwaited = 1002;
    public const int StoreNotReady = 1003;
    public const int ClockSetBack = 1004;
    public const int Listening = 1005;
    public const int SiloAwaited = 1006;
    public const int StopsNotRead = 1010;

    // 1100-1199: membership of the cluster.
    public const int TableRestored = 1100;
    public const int TableUnreadable = 1101;
    public const int VotedOut = 1102;
    public const int MembershipBroken = 1103;
    public const int SilentDeclaredDead = 1104;
    public const int SilentAwaited = 1105;

    // 2000-2099: claims in a silo.
    public const int ClaimsUndecided = 2000;
    public const int OwnersNotListed = 2001;
    public const int BatchUndecided = 2002;
    public const int ScriptFailed = 2003;
    public const int AllUndecided = 2004;
    public const int WakeUpNotScheduled = 2005;
    public const int WakeUpNotCancelled = 2006;
    public const int WaitsUndecided = 2020;
    public const int WaitersServed = 2021;

    // 2100-2199: outbox and relay.
    public const int OutboxNotRelayed = 2100;
    public const int LedgerRowLost = 2101;
    public const int LedgerBehindOutbox = 2102;
    public const int ClaimsInLedgerAlready = 2103;
    public const int WarmUpDone = 2110;
    public const int CouponNotWoken = 2111;
    public const int WarmUpRoundBroken = 2112;
    public const int WarmUpStopped = 2113;

    // 2200-2299: recovery and audit.
    public const int CouponReconciled = 2200;
    public const int WinnersDropped = 2201;
    public const int RebuildRefused = 2202;
    public const int ClaimsLost = 2203;
    public const int TermsApplied = 2207;
    public const int TermsRefused = 2208;
    public const int TermsBehind = 2209;
    public const int TermsChanged = 2210;
    public const int ReturnsFinished = 2211;
    public const int ReturnsPutBack = 2212;
    public const int WaitsLost = 2213;
    public const int LeavesPutBack = 2214;
    public const int LedgerFellBack = 2250;
    public const int LedgerComplete = 2251;
    public const int LedgerNotCompared = 2252;
    public const int RebuildRetried = 2253;

    // 2300-2399: stock and Redis.
    public const int ScriptsLoaded = 2300;
    public const int ForeignRedis = 2301;

    // 2400-2499: ledger.
    public const int UpgradeFoundNumbered = 2400;
    public const int UpgradeNamedAccounts = 2403;
    public const int UpgradeNumberedClaims = 2404;

    // 2500-2599: lists.
    public const int ListNotRead = 2500;
    public const int ListedCouponUnverified = 2501;
    public const int FeedWithoutStock = 2510;

    // 2600-2699: accounts and log-outs.
    public const int LogOutNotPushed = 2600;
    public const int LogOutsNotTrimmed = 2601;
    public const int StopNotPushed = 2610;

    // 2700-2799: live sales in a silo.
    public const int BoardSiloNotRead = 2700;

    // 3000-3099: claims in a gateway.
    public const int ClaimsTooLate = 3000;
    public const int WaitsCallUndecided = 3020;
    public const int WaitsTooLate = 3021;
    public const int CallUndecided = 3001;
    public const int SiloGone = 3002;
    public const int MembersNotRead = 3003;
    public const int SlowReaderClosed = 3004;

    // 3100-3199: HTTP: faults, limits, tokens.
    public const int RequestUnavailable = 3100;
    public const int RequestFailed = 3101;
    public const int ExportRetried = 3102;
    public const int ProxyNotTrusted = 3110;
    public const int LogOutsRead = 3120;
    public const int LogOutsNotRead = 3121;

    // 3200-3299: operators: admin routes and dashboard.
    public const int AdminKeyRefused = 3200;
    public const int AdminAudit = 3201;
    public const int AdminAuditPage = 3202;
    public const int AdminRebuild = 3203;
    public const int AdminStop = 3204;
    public const int AdminCustomer = 3206;
    public const int DashboardLogIn = 3210;
    public const int DashboardKeyRefused = 3211;
    public const int DashboardUnavailable = 3212;

    // 3300-3399: live feeds in a gateway.
    public const int OutcomesNotReported = 3300;
    public const int LiveSaleNotRead = 3301;

    // 4000-4099: embedded mode.
    public const int RewriteFailed = 4000;
    public const int Rewritten = 4001;
    public const int LogBroken = 4002;
    public const int LogCut = 4003;
}
