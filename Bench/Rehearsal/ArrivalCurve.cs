namespace SecKill.Bench.Rehearsal;

/// <summary>How the customers of a sale arrive.</summary>
internal enum ArrivalCurve
{
    /// <summary>A burst that decays.</summary>
    Burst,

    /// <summary>Rising to the end.</summary>
    Ramp,

    /// <summary>Evenly.</summary>
    Steady,
}

/// <summary>The times of arrival on a curve.</summary>
internal static class ArrivalCurves
{
    /// <summary>A burst's mean time of arrival, as a part of the whole: 63 % have come by then, and all but 5 in 100,000 by the end.</summary>
    private const double BurstMean = 0.1;

    /// <summary>When a customer comes, as a part of the whole time, 0 to 1.</summary>
    /// <param name="curve">The curve.</param>
    /// <param name="user">The customer's number, from 0.</param>
    /// <param name="users">How many there are.</param>
    public static double ArrivalOf(this ArrivalCurve curve, long user, long users)
    {
        var part = (user + 0.5) / users;
        return curve switch
        {
            ArrivalCurve.Burst => Math.Min(1, -BurstMean * Math.Log(1 - part)),
            ArrivalCurve.Ramp => Math.Sqrt(part),
            _ => part,
        };
    }

    /// <summary>The most that arrive within one second.</summary>
    public static long PeakPerSecond(this ArrivalCurve curve, long users, TimeSpan duration)
    {
        var most = 0L;
        for (long first = 0, last = 0; last < users; last++)
        {
            while ((curve.ArrivalOf(last, users) - curve.ArrivalOf(first, users)) * duration.TotalSeconds > 1)
                first++;
            most = Math.Max(most, last - first + 1);
        }
        return most;
    }
}
