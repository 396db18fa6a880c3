using System.Diagnostics;

namespace SecKill.Bench.Load;

/// <summary>Times and durations in stopwatch ticks, the cheapest to take and compare.</summary>
internal static class Clock
{
    /// <summary>The present.</summary>
    public static long Now => Stopwatch.GetTimestamp();

    public static long Ticks(TimeSpan span) => (long)(span.TotalSeconds * Stopwatch.Frequency);

    /// <summary>Ticks in microseconds.</summary>
    public static long Micros(long ticks) => (long)(ticks * (1_000_000.0 / Stopwatch.Frequency));

    public static double Seconds(long ticks) => (double)ticks / Stopwatch.Frequency;
}
