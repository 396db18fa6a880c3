using System.Diagnostics.Metrics;
using SecKill.Grains.Interfaces.Redemptions;

namespace SecKill.Grains.Telemetry;

/// <summary>A silo's counters and histograms.</summary>
internal static class SiloMetrics
{
    private static readonly Histogram<long> _batchSize = SecKillMeter.Batches("seckill.claim.batch.size", "Claims that travel together.");
    private static readonly KeyValuePair<string, object?> _atScript = new("at", "script");

    private static readonly Histogram<double> _scriptDuration = SecKillMeter.Seconds(
        "seckill.script.duration", "A call of a script in Redis, with the wait for the disk.");

    private static readonly KeyValuePair<string, object?>[] _scripts =
        [.. Enum.GetValues<Script>().Select(script => KeyValuePair.Create<string, object?>("script", MetricCounter.WordOf(script)))];

    private static readonly Histogram<double> _drainDuration = SecKillMeter.Seconds(
        "seckill.drain.duration", "A transaction that writes claims into the ledger.");

    private static readonly KeyValuePair<string, object?>[] _drainResults =
        [.. Enum.GetValues<DrainOutcome>().Select(outcome => KeyValuePair.Create<string, object?>("result", MetricCounter.WordOf(outcome)))];

    public static MetricCounter Drained { get; } = new("seckill.drained", "{claim}", "Claims written into the ledger.");

    public static Histogram<long> DrainBatchSize { get; } = SecKillMeter.Batches("seckill.drain.batch.size", "Claims that one transaction writes into the ledger.");

    public static MetricCounter DrainFailures { get; } = new("seckill.drain.failures", "{attempt}", "Attempts to drain a coupon that failed and will be repeated.");

    public static MetricCounter<ReconcileReason, ReconcileResult> Reconciles { get; } = new(
        "seckill.reconciles", "{coupon}", "Coupons whose stock in Redis was rebuilt, or tried to.", "reason", "result");

    public static Histogram<double> ReconcileDuration { get; } = SecKillMeter.Seconds("seckill.reconcile.duration", "Rebuilding a coupon's stock in Redis.");

    public static MetricCounter<WinLoss> WinsLost { get; } = new("seckill.wins.lost", "{claim}", "Won claims, and joins and leaves of waiting lists, that are in neither store any more.", "reason");

    public static MetricCounter WinsUnremembered { get; } = new(
        "seckill.wins.unremembered", "{claim}", "Won claims for which the silo had no place to remember: only Redis has them until they are drained.");

    public static MetricCounter<SaleEdge> SaleEdges { get; } = new("seckill.sales", "{sale}", "Sales with a window that have begun, or ended.", "edge");

    public static MetricCounter<ChangeAction, ChangeOutcome> Changes { get; } = new(
        "seckill.changes", "{change}", "Changes of a coupon's terms that its seller asked for.", "action", "result");

    public static MetricCounter<ChangeOutcome> Returns { get; } = new("seckill.returns", "{return}", "Returns that customers asked for.", "result");

    public static MetricCounter ReturnsFinished { get; } = new(
        "seckill.returns.finished", "{return}", "Returns that the ledger had alone when it was compared with Redis, and that are in Redis now.");

    public static MetricCounter<WaitOutcome> Waits { get; } = new("seckill.waits", "{request}", "Joins and leaves of waiting lists.", "outcome");

    public static MetricCounter WaitsUnremembered { get; } = new(
        "seckill.waits.unremembered", "{request}", "Joins and leaves for which the silo had no place to remember: only Redis has them until they are recorded.");

    public static MetricCounter Served { get; } = new("seckill.served", "{unit}", "Units that went to customers of a waiting list.");

    public static MetricCounter<TermsMending> TermsMended { get; } = new(
        "seckill.terms.mended", "{coupon}", "Coupons whose ledger had later terms than Redis, without a change under way.", "result");

    public static MetricCounter<RedemptionStatus, TillState> Redemptions { get; } = new(
        "seckill.redemptions", "{redemption}", "Redemptions decided.", "result", "till");

    public static Histogram<double> RedemptionDuration { get; } = SecKillMeter.Seconds(
        "seckill.redemption.duration", "From the arrival of a till's codes at a silo until they are decided.");

    public static MetricCounter<RedemptionStatus> Undos { get; } = new(
        "seckill.redemptions.undone", "{redemption}", "Redemptions that were to be taken back, by what became of that.", "result");

    public static MetricCounter<SiloLimit> Rejected { get; } = new("seckill.rejected", "{request}", "Requests turned away by a limit of this process.", "limit");

    public static void Ran(Script script, double seconds) => _scriptDuration.Record(seconds, _scripts[(int)script]);

    public static void Decided(int claims) => _batchSize.Record(claims, _atScript);

    public static void Wrote(DrainOutcome outcome, double seconds) => _drainDuration.Record(seconds, _drainResults[(int)outcome]);
}

/// <summary>Why a coupon's stock was rebuilt.</summary>
internal enum ReconcileReason : byte
{
    /// <summary>Redis was restarted or replaced, or its counts do not agree.</summary>
    Stale,

    /// <summary>Redis has no such coupon.</summary>
    Missing,

    /// <summary>An earlier rebuild has not ended.</summary>
    Closed,

    /// <summary>Outbox and ledger do not fit together.</summary>
    Diverged,

    /// <summary>Another silo rebuilt it, without what this silo remembers.</summary>
    Incomplete,

    /// <summary>An operator asked for it.</summary>
    Ordered,
}

/// <summary>The outcome of a rebuild.</summary>
internal enum ReconcileResult : byte
{
    /// <summary>It is open again.</summary>
    Rebuilt,

    /// <summary>There is no such coupon.</summary>
    NoSuchCoupon,

    /// <summary>A store did not answer, or another silo was rebuilding it.</summary>
    Failed,
}

/// <summary>How won claims were lost, or joins and leaves of waiting lists.</summary>
internal enum WinLoss : byte
{
    /// <summary>Redis lost them before SQL had them, and this silo did not remember them.</summary>
    Forgotten,

    /// <summary>There were more than units: Redis was rolled back to before others that the ledger has.</summary>
    Overclaimed,

    /// <summary>As the first, of joins and leaves of waiting lists.</summary>
    Waits,
}

/// <summary>The outcome of a transaction of claims.</summary>
internal enum DrainOutcome : byte
{
    /// <summary>It was committed, or each of its coupons by itself.</summary>
    Written,

    /// <summary>SQL did not answer; it will be tried again.</summary>
    Failed,
}

/// <summary>An edge of a sale's window, when the ledger gets it: as soon as it was seen to be passed.</summary>
internal enum SaleEdge : byte
{
    /// <summary>The sale has begun.</summary>
    Started,

    /// <summary>The sale has ended.</summary>
    Ended,
}

/// <summary>What a till was when it let a customer pass, or not.</summary>
internal enum TillState : byte
{
    /// <summary>It asked first.</summary>
    Online,

    /// <summary>It let the customer pass, and asked later: what is refused then is a conflict.</summary>
    Offline,
}

/// <summary>The outcome of a change of terms.</summary>
internal enum ChangeOutcome : byte
{
    /// <summary>The coupon is as was asked for.</summary>
    Done,

    /// <summary>Nothing was changed.</summary>
    Refused,

    /// <summary>A store or another change did not let it end; it may have been made.</summary>
    Undecided,
}

/// <summary>What became of terms that the ledger had alone.</summary>
internal enum TermsMending : byte
{
    /// <summary>They are in Redis now.</summary>
    Applied,

    /// <summary>Redis has more owners than they have units, and keeps those of before.</summary>
    Refused,
}

/// <summary>The limits of a silo.</summary>
internal enum SiloLimit : byte
{
    /// <summary>Passwords that wait to be hashed: <c>Passwords:MaxWaiting</c>.</summary>
    HashingWaiting,

    /// <summary>Passwords that have waited longer than <c>Passwords:Patience</c>.</summary>
    HashingPatience,

    /// <summary>Passwords of one user that are being checked at the same time.</summary>
    UserChecks,
}
