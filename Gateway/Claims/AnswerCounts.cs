using SecKill.Grains.Interfaces.Coupons;
using SecKill.Grains.Interfaces.Live;

namespace SecKill.Gateway.Claims;

/// <summary>Counts a coupon's claims by what they were answered with, until somebody takes the counts. Thread-safe.</summary>
internal sealed class AnswerCounts
{
    private readonly long[] _counts = new long[Enum.GetValues<ClaimOutcome>().Length];

    /// <summary>Counts an answer.</summary>
    public void Add(ClaimOutcome outcome)
    {
        // Claims of no coupon belong to no sale.
        if (outcome != ClaimOutcome.NoSuchCoupon)
            Interlocked.Increment(ref _counts[(int)outcome]);
    }

    /// <summary>Whether there is anything to take.</summary>
    public bool HasAny => Array.Exists(_counts, count => count > 0);

    /// <summary>Takes what was counted since the last time.</summary>
    public ClaimCounts Take() => new(
        Take(ClaimOutcome.Claimed), Take(ClaimOutcome.AlreadyClaimed), Take(ClaimOutcome.SoldOut), Take(ClaimOutcome.Undecided));

    /// <summary>Puts back what was taken in vain.</summary>
    public void PutBack(ClaimCounts counts)
    {
        Interlocked.Add(ref _counts[(int)ClaimOutcome.Claimed], counts.Claimed);
        Interlocked.Add(ref _counts[(int)ClaimOutcome.AlreadyClaimed], counts.AlreadyClaimed);
        Interlocked.Add(ref _counts[(int)ClaimOutcome.SoldOut], counts.SoldOut);
        Interlocked.Add(ref _counts[(int)ClaimOutcome.Undecided], counts.Undecided);
    }

    private long Take(ClaimOutcome outcome) => Interlocked.Exchange(ref _counts[(int)outcome], 0);
}
