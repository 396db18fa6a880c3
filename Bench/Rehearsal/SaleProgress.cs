using SecKill.Bench.Http;
using SecKill.Bench.Load;
using SecKill.Bench.Scenarios;

namespace SecKill.Bench.Rehearsal;

/// <summary>The live state of a rehearsed sale. Thread-safe.</summary>
internal sealed class SaleProgress(RehearsalOptions options)
{
    // From arrival to the final answer, whatever tries that took.
    private readonly ReplyCounter _decisions = new(operations: 1);
    private LoadRun? _run;
    private CouponBook? _book;
    private long _arrived;
    private long _retried;
    private long _wins;
    private long _lastWin;

    /// <summary>Customers who have come.</summary>
    public long Arrived => Volatile.Read(ref _arrived);

    /// <summary>Claims that were tried again.</summary>
    public long Retried => Volatile.Read(ref _retried);

    /// <summary>The sale that is rehearsed.</summary>
    public RehearsalOptions Options => options;

    /// <summary>Customers who got a final answer, with the time it took them.</summary>
    public OperationCounts Decisions => _decisions.Read(0);

    /// <summary>Units not known to be won.</summary>
    public long Left => _book is null ? (long)options.Server.Coupons * options.Server.Units : _book.Entries.Sum(coupon => _book.Units - coupon.Won);

    /// <summary>Answers up to now, 503 and lost ones among them; null before the sale has begun.</summary>
    public OperationCounts? Answers => _run is { Started: > 0 } run ? run.Measured.ReadAll() : null;

    /// <summary>Seconds since the sale began.</summary>
    public double Elapsed => _run is { Started: > 0 } run ? run.MeasuredSeconds : 0;

    /// <summary>When the last unit of all was won, in seconds after the beginning; null while there are some left.</summary>
    public double? SoldOutAfterSeconds => _run is { } run && Left <= 0 ? Clock.Seconds(Volatile.Read(ref _lastWin) - run.Started) : null;

    /// <summary>The sale is about to begin.</summary>
    public void Begin(LoadRun run, CouponBook book) => (_run, _book) = (run, book);

    /// <summary>A customer comes.</summary>
    public void CountArrival() => Interlocked.Increment(ref _arrived);

    /// <summary>A customer will try again.</summary>
    public void CountRetry() => Interlocked.Increment(ref _retried);

    /// <summary>A customer who arrived then has a final answer.</summary>
    public void Decided(int connection, in HttpReply reply, long arrived)
    {
        var now = Clock.Now;
        _decisions.Answered(connection, 0, reply, now - arrived, isInTime: true);
        // Winners microseconds apart may come in any order here.
        if (reply.Status == 201 && Interlocked.Increment(ref _wins) <= (long)options.Server.Coupons * options.Server.Units)
            Volatile.Write(ref _lastWin, now);
    }
}
