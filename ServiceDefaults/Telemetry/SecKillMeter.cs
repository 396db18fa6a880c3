using System.Diagnostics.Metrics;

namespace SecKill.ServiceDefaults.Telemetry;

/// <summary>The meter of this service's own instruments, listed in docs/reference/metrics.md.</summary>
internal static class SecKillMeter
{
    /// <summary>The meter's name, to be listened to.</summary>
    public const string Name = "SecKill";

    /// <summary>The number of live silos, as seen by this gateway or silo.</summary>
    public const string Silos = "seckill.silos";

    /// <summary>Of <see cref="Silos"/>.</summary>
    public const string SilosDescription = "Silos alive, as this process sees it.";

    /// <summary>The number of operators' stops, as known to this gateway or silo.</summary>
    public const string Stops = "seckill.stops";

    /// <summary>Of <see cref="Stops"/>.</summary>
    public const string StopsDescription = "Operators' stops in force, as this process knows them.";

    /// <summary>The meter of process-wide instruments.</summary>
    public static Meter Instance { get; } = new(Name);

    /// <summary>Histogram bounds in seconds: from the fastest claim to the longest timeout.</summary>
    private static readonly InstrumentAdvice<double> _seconds = new()
    {
        HistogramBucketBoundaries = [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30],
    };

    /// <summary>Histogram bounds of batch sizes, at most 2,000.</summary>
    private static readonly InstrumentAdvice<long> _batches = new()
    {
        HistogramBucketBoundaries = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048],
    };

    /// <summary>A histogram of durations in seconds.</summary>
    public static Histogram<double> Seconds(string name, string description) => Instance.CreateHistogram(name, "s", description, tags: null, _seconds);

    /// <summary>A histogram of claim batch sizes.</summary>
    public static Histogram<long> Batches(string name, string description) => Instance.CreateHistogram(name, "{claim}", description, tags: null, _batches);
}
