using System.Diagnostics.Metrics;

namespace SecKill.ServiceDefaults.Telemetry;

/// <summary>The meter of all that this service measures of itself. Every instrument is told in docs/reference/metrics.md.</summary>
public static class SecKillMeter
{
    /// <summary>The meter's name, to be listened to.</summary>
    public const string Name = "SecKill";

    /// <summary>How many silos are alive, as gateways and silos see it each by its own means.</summary>
    public const string Silos = "seckill.silos";

    /// <summary>Of <see cref="Silos"/>.</summary>
    public const string SilosDescription = "Silos alive, as this process sees it.";

    /// <summary>The meter of what counts for the process as a whole.</summary>
    public static Meter Instance { get; } = new(Name);

    /// <summary>Bounds of a histogram, in seconds: from what a claim takes at its best to the longest that anything is waited for.</summary>
    private static readonly InstrumentAdvice<double> _seconds = new()
    {
        HistogramBucketBoundaries = [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30],
    };

    /// <summary>Bounds of a histogram of batches, whose largest has 2,000.</summary>
    private static readonly InstrumentAdvice<long> _batches = new()
    {
        HistogramBucketBoundaries = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048],
    };

    /// <summary>A histogram of durations in seconds.</summary>
    public static Histogram<double> Seconds(string name, string description) => Instance.CreateHistogram(name, "s", description, tags: null, _seconds);

    /// <summary>A histogram of how many claims go together.</summary>
    public static Histogram<long> Batches(string name, string description) => Instance.CreateHistogram(name, "{claim}", description, tags: null, _batches);
}
