using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace SecKill.Gateway.Telemetry;

/// <summary>A gateway's counters and histograms. Nothing here allocates.</summary>
internal static class GatewayMetrics
{
    private static readonly MetricCounter<ClaimOutcome> _claims = new("seckill.claims", "{claim}", "Claims answered.", "outcome");

    private static readonly Histogram<double> _claimDuration = SecKillMeter.Seconds(
        "seckill.claim.duration", "From the arrival of a claim's request at its endpoint until its outcome is known.");

    private static readonly Histogram<long> _batchSize = SecKillMeter.Batches("seckill.claim.batch.size", "Claims that travel together.");

    private static readonly KeyValuePair<string, object?>[] _outcomes =
        [.. Enum.GetValues<ClaimOutcome>().Select(outcome => KeyValuePair.Create<string, object?>("outcome", MetricCounter.WordOf(outcome)))];

    private static readonly KeyValuePair<string, object?> _atGateway = new("at", "gateway");

    /// <summary>Claims refused under a lease; they are among <see cref="Answered"/> too.</summary>
    public static MetricCounter LeaseRefusals { get; } = new(
        "seckill.lease.refusals", "{claim}", "Claims refused without asking a silo.");

    /// <summary>Requests refused by a limit of this gateway.</summary>
    public static MetricCounter<GatewayLimit> Rejected { get; } = new(
        "seckill.rejected", "{request}", "Requests turned away by a limit of this process.", "limit");

    /// <summary>Exports of a feed that are over.</summary>
    public static MetricCounter<ExportResult> Exports { get; } = new("seckill.exports", "{export}", "Exports of a coupon's feed that are over.", "result");

    /// <summary>Rows of exports, whether or not their clients took them.</summary>
    public static MetricCounter ExportedRows { get; } = new("seckill.export.rows", "{row}", "Rows read for exports.");

    /// <summary>Log-ins.</summary>
    public static MetricCounter<LogInOutcome> LogIns { get; } = new("seckill.logins", "{request}", "Log-ins decided.", "result");

    /// <summary>Registrations that were asked of an account's grain.</summary>
    public static MetricCounter<RegisterOutcome> Registrations { get; } = new("seckill.registrations", "{request}", "Registrations decided.", "result");

    /// <summary>Log-outs of valid tokens.</summary>
    public static MetricCounter LogOuts { get; } = new("seckill.logouts", "{request}", "Tokens logged out.");

    /// <summary>A claim was answered.</summary>
    /// <param name="since">When it came, by <see cref="Stopwatch.GetTimestamp"/>.</param>
    public static void Answered(ClaimOutcome outcome, long since)
    {
        _claims.Add(outcome);
        if (_claimDuration.Enabled)
            _claimDuration.Record(Stopwatch.GetElapsedTime(since).TotalSeconds, _outcomes[(int)outcome]);
    }

    /// <summary>Claims go to a silo, or to a coupon's grain, in one call.</summary>
    public static void Sent(int claims) => _batchSize.Record(claims, _atGateway);
}

/// <summary>How an export ended.</summary>
internal enum ExportResult : byte
{
    /// <summary>With its last line.</summary>
    Complete,

    /// <summary>Its client went away, or took nothing.</summary>
    Aborted,

    /// <summary>The ledger did not answer; the connection was broken off.</summary>
    Failed,
}

/// <summary>The limits of a gateway. Too many connections are counted by the server itself, <c>kestrel.rejected_connections</c>.</summary>
internal enum GatewayLimit : byte
{
    /// <summary>Registrations and log-ins of one client address: <c>Limits:AccountBurst</c>.</summary>
    Accounts,

    /// <summary>Claims waiting at this gateway: <c>Claims:MaxWaiting</c>.</summary>
    ClaimsWaiting,

    /// <summary>Claims for one coupon waiting at this gateway: half of that.</summary>
    CouponWaiting,

    /// <summary>Claims that had waited longer than two fifths of <c>Claims:Patience</c> before they could be sent.</summary>
    ClaimPatience,

    /// <summary>Lists waiting to be read.</summary>
    ListsWaiting,

    /// <summary>Coupons that one seller creates: <c>Limits:CouponBurst</c>.</summary>
    Coupons,

    /// <summary>Changes that one seller, or returns that one customer, asks for: <c>Limits:ChangeBurst</c>.</summary>
    Changes,

    /// <summary>Watchers, or sales that are watched: <c>Live:MaxWatchers</c>, <c>Live:MaxSales</c>, and those of one client address.</summary>
    Watchers,

    /// <summary>Connections whose clients do not read their answers: <c>Limits:ReadTimeout</c>.</summary>
    SlowReaders,

    /// <summary>Exports of one seller that are under way.</summary>
    Exports,

    /// <summary>Reads of the ledger waiting at this gateway: searches, feeds, reports, records of changes, receipts.</summary>
    ReadsWaiting,

    /// <summary>Redemptions of a seller whose tills have tried too many codes that do not exist: <c>Limits:WrongCodeBurst</c>.</summary>
    WrongCodes,
}
