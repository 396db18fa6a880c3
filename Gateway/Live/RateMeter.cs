using System.Diagnostics;
using SecKill.Grains.Interfaces.Live;

namespace SecKill.Gateway.Live;

/// <summary>Makes rates of tallies that grow.</summary>
internal sealed class RateMeter
{
    private ClaimTally _last;
    private long _at;

    /// <summary>Takes note of a tally.</summary>
    /// <param name="tally">As of now.</param>
    /// <param name="now">By <see cref="Stopwatch.GetTimestamp"/>.</param>
    /// <returns>The rates since the last one, to one decimal; null for the first. Never negative, although the tally of a coupon begins anew when it moves.</returns>
    public ClaimRates? Next(ClaimTally tally, long now)
    {
        var (last, seconds) = (_last, Stopwatch.GetElapsedTime(_at, now).TotalSeconds);
        var isFirst = _at == 0;
        (_last, _at) = (tally, now);
        return isFirst || seconds <= 0
            ? null
            : new ClaimRates(
                Rate(last.Claimed, tally.Claimed), Rate(last.AlreadyClaimed, tally.AlreadyClaimed),
                Rate(last.SoldOut, tally.SoldOut), Rate(last.Undecided, tally.Undecided));

        double Rate(long before, long after) => Math.Round(Math.Max(0, after - before) / seconds, 1);
    }
}
