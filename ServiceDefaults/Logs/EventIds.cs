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

    /// <summary>A coupon's grain could not decide claims.</summary>
    public const int ClaimsUndecided = 2000;

    /// <summary>Owners' lists could not be written, so their claims are not confirmed.</summary>
    public const int OwnersNotListed = 2001;

    /// <summary>A coupon's grain did not answer its batch grain.</summary>
    public const int BatchUndecided = 2002;

    /// <summary>The claim script failed for one coupon of a batch.</summary>
    public const int ScriptFailed = 2003;

    /// <summary>Redis did not answer a batch of many coupons.</summary>
    public const int AllUndecided = 2004;

    /// <summary>The reminder of a coupon's outbox relay could not be registered.</summary>
    public const int WakeUpNotScheduled = 2005;

    /// <summary>The reminder of a coupon's outbox relay could not be removed.</summary>
    public const int WakeUpNotCancelled = 2006;

    // 2100-2199: outbox and relay.

    /// <summary>A coupon's outbox could not be relayed; it will be tried again.</summary>
    public const int OutboxNotRelayed = 2100;

    /// <summary>The ledger has lost the row of a coupon whose outbox is being relayed.</summary>
    public const int LedgerRowLost = 2101;

    /// <summary>The ledger has fallen back behind what was relayed.</summary>
    public const int LedgerBehindOutbox = 2102;

    /// <summary>Claims of the outbox were in the ledger already.</summary>
    public const int ClaimsInLedgerAlready = 2103;

    /// <summary>A round of the warm-up has ended.</summary>
    public const int WarmUpDone = 2110;

    /// <summary>A coupon could not be woken at the start.</summary>
    public const int CouponNotWoken = 2111;

    /// <summary>A round of the warm-up was broken off.</summary>
    public const int WarmUpRoundBroken = 2112;

    /// <summary>The warm-up ended early.</summary>
    public const int WarmUpStopped = 2113;

    // 2200-2299: recovery and audit.

    /// <summary>A coupon's stock was rebuilt.</summary>
    public const int CouponReconciled = 2200;

    /// <summary>Winners were dropped for want of a unit.</summary>
    public const int WinnersDropped = 2201;

    /// <summary>A rebuild is refused until an operator has put the ledger right.</summary>
    public const int RebuildRefused = 2202;

    /// <summary>Confirmed claims are in no store any more.</summary>
    public const int ClaimsLost = 2203;

    /// <summary>Terms that the ledger had alone are in Redis now.</summary>
    public const int TermsApplied = 2207;

    /// <summary>Terms of the ledger do not fit the owners that Redis has.</summary>
    public const int TermsRefused = 2208;

    /// <summary>The ledger has earlier terms than Redis.</summary>
    public const int TermsBehind = 2209;

    /// <summary>The ledger lacks what Redis knows.</summary>
    public const int LedgerFellBack = 2250;

    /// <summary>The ledger has all that Redis knows again.</summary>
    public const int LedgerComplete = 2251;

    /// <summary>Ledger and Redis could not be compared.</summary>
    public const int LedgerNotCompared = 2252;

    /// <summary>A command's rebuilding of a coupon is tried again.</summary>
    public const int RebuildRetried = 2253;

    // 2300-2399: stock and Redis.

    /// <summary>The scripts were loaded onto a server.</summary>
    public const int ScriptsLoaded = 2300;

    /// <summary>The connected Redis belongs to another deployment.</summary>
    public const int ForeignRedis = 2301;

    // 2400-2499: ledger.

    /// <summary>Accounts are kept under a number.</summary>
    public const int UpgradeFoundNumbered = 2400;

    /// <summary>An upgrade has moved the accounts whose names are known.</summary>
    public const int UpgradeNamedAccounts = 2403;

    /// <summary>An upgrade has numbered the claims of some coupons.</summary>
    public const int UpgradeNumberedClaims = 2404;

    // 2500-2599: lists.

    /// <summary>A list could not be read.</summary>
    public const int ListNotRead = 2500;

    /// <summary>The stock of a coupon on a list cannot be verified.</summary>
    public const int ListedCouponUnverified = 2501;

    // 2600-2699: accounts and log-outs.

    /// <summary>A gateway did not acknowledge a log-out.</summary>
    public const int LogOutNotPushed = 2600;

    /// <summary>Expired log-outs could not be removed.</summary>
    public const int LogOutsNotTrimmed = 2601;

    // 2700-2799: live sales in a silo.

    /// <summary>A silo does not report its claims for the board.</summary>
    public const int BoardSiloNotRead = 2700;

    // 3000-3099: claims in a gateway.

    /// <summary>Claims waited too long to be sent.</summary>
    public const int ClaimsTooLate = 3000;

    /// <summary>A call with claims failed or timed out.</summary>
    public const int CallUndecided = 3001;

    /// <summary>A silo left the cluster; the calls under way to it are abandoned.</summary>
    public const int SiloGone = 3002;

    /// <summary>A gateway could not read the list of silos.</summary>
    public const int MembersNotRead = 3003;

    /// <summary>The connection of a client that reads too slowly was closed.</summary>
    public const int SlowReaderClosed = 3004;

    // 3100-3199: HTTP: faults, limits, tokens.
    /// <summary>A request was answered 503.</summary>
    public const int RequestUnavailable = 3100;
    /// <summary>A request was answered 500.</summary>
    public const int RequestFailed = 3101;
    /// <summary>A client over a limit sends X-Forwarded-For and is no trusted proxy.</summary>
    public const int ProxyNotTrusted = 3110;
    /// <summary>All log-outs were read.</summary>
    public const int LogOutsRead = 3120;
    /// <summary>The log-outs could not be read.</summary>
    public const int LogOutsNotRead = 3121;

    // 3200-3299: operators: admin routes and dashboard.
    /// <summary>An admin request came without the operators' key.</summary>
    public const int AdminKeyRefused = 3200;
    /// <summary>An operator audits a coupon.</summary>
    public const int AdminAudit = 3201;
    /// <summary>An operator audits a page of coupons.</summary>
    public const int AdminAuditPage = 3202;
    /// <summary>An operator rebuilds a coupon.</summary>
    public const int AdminRebuild = 3203;
    /// <summary>An operator logged in to the dashboard.</summary>
    public const int DashboardLogIn = 3210;
    /// <summary>A log-in to the dashboard had another key.</summary>
    public const int DashboardKeyRefused = 3211;
    /// <summary>The dashboard cannot be shown.</summary>
    public const int DashboardUnavailable = 3212;

    // 3300-3399: live feeds in a gateway.

    /// <summary>A gateway could not report answered claims to a silo.</summary>
    public const int OutcomesNotReported = 3300;

    /// <summary>A sale with subscribers could not be read.</summary>
    public const int LiveSaleNotRead = 3301;

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
