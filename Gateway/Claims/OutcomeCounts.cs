namespace SecKill.Gateway.Claims;

/// <summary>Counts the answered claims of one coupon by outcome, between two reports. Thread-safe.</summary>
internal sealed class OutcomeCounts
{
    private readonly long[] _counts = new long[Enum.GetValues<ClaimOutcome>().Length];

    public void Add(ClaimOutcome outcome)
    {
        // A claim of a coupon that does not exist belongs to no sale.
        if (outcome != ClaimOutcome.NoSuchCoupon)
            Interlocked.Increment(ref _counts[(int)outcome]);
    }

    /// <summary>Whether there is anything to report.</summary>
    public bool HasAny => Array.Exists(_counts, count => count > 0);

    /// <summary>Takes the counts and starts again at zero.</summary>
    public ClaimCounts Take() => new(
        Take(ClaimOutcome.Claimed), Take(ClaimOutcome.AlreadyClaimed), Take(ClaimOutcome.SoldOut), Take(ClaimOutcome.Undecided),
        Take(ClaimOutcome.NotStarted), Take(ClaimOutcome.Ended), Take(ClaimOutcome.Paused), Take(ClaimOutcome.Returned), Take(ClaimOutcome.Waiting));

    /// <summary>Puts back counts that were taken and not reported.</summary>
    public void PutBack(ClaimCounts counts)
    {
        Interlocked.Add(ref _counts[(int)ClaimOutcome.Claimed], counts.Claimed);
        Interlocked.Add(ref _counts[(int)ClaimOutcome.AlreadyClaimed], counts.AlreadyClaimed);
        Interlocked.Add(ref _counts[(int)ClaimOutcome.SoldOut], counts.SoldOut);
        Interlocked.Add(ref _counts[(int)ClaimOutcome.Undecided], counts.Undecided);
        Interlocked.Add(ref _counts[(int)ClaimOutcome.NotStarted], counts.NotStarted);
        Interlocked.Add(ref _counts[(int)ClaimOutcome.Ended], counts.Ended);
        Interlocked.Add(ref _counts[(int)ClaimOutcome.Paused], counts.Paused);
        Interlocked.Add(ref _counts[(int)ClaimOutcome.Returned], counts.Returned);
        Interlocked.Add(ref _counts[(int)ClaimOutcome.Waiting], counts.Waiting);
    }

    private long Take(ClaimOutcome outcome) => Interlocked.Exchange(ref _counts[(int)outcome], 0);
}
