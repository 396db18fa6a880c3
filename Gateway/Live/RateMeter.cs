namespace SecKill.Gateway.Live;

/// <summary>Computes rates from counts that grow.</summary>
internal sealed class RateMeter(TimeProvider clock)
{
    private ClaimCounts _last;
    private long? _at;

    /// <summary>Takes the next counts.</summary>
    /// <param name="now">By the clock's timestamp.</param>
    /// <returns>The rates since the last counts, to one decimal; null for the first. Never negative, although the counts of a coupon begin anew when it moves.</returns>
    public ClaimRates? Next(ClaimCounts counts, long now)
    {
        var (last, seconds) = (_last, _at is { } at ? clock.GetElapsedTime(at, now).TotalSeconds : 0);
        (_last, _at) = (counts, now);
        return seconds <= 0
            ? null
            : new ClaimRates(
                Rate(last.Claimed, counts.Claimed), Rate(last.AlreadyClaimed, counts.AlreadyClaimed),
                Rate(last.SoldOut, counts.SoldOut), Rate(last.Undecided, counts.Undecided));

        double Rate(long before, long after) => Math.Round(Math.Max(0, after - before) / seconds, 1);
    }
}
