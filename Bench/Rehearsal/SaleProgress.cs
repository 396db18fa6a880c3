using SecKill.Bench.Http;
using SecKill.Bench.Load;
using SecKill.Bench.Scenarios;

namespace SecKill.Bench.Rehearsal;

/// <summary>The live state of a rehearsed sale. Thread-safe.</summary>
internal sealed class SaleProgress(RehearsalOptions options)
{
    // From arrival to the final answer, retries included.
    private readonly ReplyCounter _decisions = new(operations: 1);
    private LoadRun? _run;
    private CouponBook? _book;
    private long _arrived;
    private long _retried;
    private long _wins;
    private long _lastWin;

    /// <summary>What follows the claims; null where nothing does.</summary>
    public SecondChances? Chances { get; } = options.HasSecondChances ? new SecondChances(options) : null;

    /// <summary>When it begins, where it does not at once.</summary>
    public SaleStart Start { get; } = new();

    /// <summary>Customers that arrived.</summary>
    public long Arrived => Volatile.Read(ref _arrived);

    /// <summary>Retried claims.</summary>
    public long Retried => Volatile.Read(ref _retried);

    /// <summary>The rehearsed sale.</summary>
    public RehearsalOptions Options => options;

    /// <summary>Customers with a final answer, and the time it took.</summary>
    public OperationCounts Decisions => _decisions.Read(0);

    /// <summary>Units not known to be won.</summary>
    public long Left => _book is null ? (long)options.Server.Coupons * options.Server.Units : _book.Entries.Sum(coupon => _book.Units - coupon.Won) + (Chances?.Hands.Count(Standing.Returned) ?? 0);

    /// <summary>Answers up to now, 503 and lost ones among them; null before the sale has begun.</summary>
    public OperationCounts? Answers => _run is { Started: > 0 } run ? run.Measured.ReadAll() : null;

    /// <summary>Seconds since the sale began.</summary>
    public double Elapsed => _run is { Started: > 0 } run ? run.MeasuredSeconds : 0;

    /// <summary>When the last unit of all was won, in seconds after the beginning; null while there are some left.</summary>
    public double? SoldOutAfterSeconds => _run is { } run && Left <= 0 ? Clock.Seconds(Volatile.Read(ref _lastWin) - run.Started) : null;

    /// <summary>The sale is about to begin.</summary>
    public void Begin(LoadRun run, CouponBook book)
    {
        (_run, _book) = (run, book);
        book.Hands = Chances?.Hands;
    }

    /// <summary>A customer arrives.</summary>
    public void CountArrival() => Interlocked.Increment(ref _arrived);

    /// <summary>A customer will retry.</summary>
    public void CountRetry() => Interlocked.Increment(ref _retried);

    /// <summary>A customer has a final answer.</summary>
    public void Decided(int connection, in HttpReply reply, long arrived)
    {
        var now = Clock.Now;
        _decisions.Answered(connection, 0, reply, now - arrived, isInTime: true);
        // Winners microseconds apart may come in any order here.
        if (reply.Status == 201 && Interlocked.Increment(ref _wins) <= (long)options.Server.Coupons * options.Server.Units)
            Volatile.Write(ref _lastWin, now);
    }
}
