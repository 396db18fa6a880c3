using System.Globalization;
using HdrHistogram;
using SecKill.Bench.Http;
using SecKill.Bench.Load;

namespace SecKill.Bench.Reports;

/// <summary>The results of one kind of request.</summary>
/// <param name="Answers">How many were answered.</param>
/// <param name="Statuses">Answers by HTTP status.</param>
/// <param name="ClaimResults">Answers by the word in <c>Claim-Result</c>.</param>
/// <param name="TransportErrors">Requests without an answer, by kind.</param>
/// <param name="LatencyMicros">Latencies of the answers.</param>
internal sealed record OperationResult(
    long Answers,
    IReadOnlyDictionary<string, long> Statuses,
    IReadOnlyDictionary<string, long> ClaimResults,
    IReadOnlyDictionary<string, long> TransportErrors,
    Latencies LatencyMicros)
{
    /// <summary>Sums up.</summary>
    public static OperationResult Of(OperationCounts counts) => new(
        counts.Answers,
        counts.Statuses.ToDictionary(status => status.Key.ToString(CultureInfo.InvariantCulture), status => status.Value),
        counts.Results.Where(result => result.Key != ClaimResult.None).ToDictionary(result => result.Key.Word(), result => result.Value),
        counts.Faults.ToDictionary(fault => fault.Key.ToString().ToLowerInvariant(), fault => fault.Value),
        Latencies.Of(counts));
}

/// <summary>Latencies in microseconds; 0 where there was no answer.</summary>
internal sealed record Latencies(double Mean, long P50, long P90, long P99, long P999, long Max)
{
    /// <summary>Reads the percentiles.</summary>
    public static Latencies Of(OperationCounts counts)
    {
        var histogram = counts.Latencies;
        return histogram.TotalCount == 0
            ? new Latencies(0, 0, 0, 0, 0, 0)
            : new Latencies(Math.Round(histogram.GetMean(), 1), histogram.GetValueAtPercentile(50), histogram.GetValueAtPercentile(90),
                histogram.GetValueAtPercentile(99), histogram.GetValueAtPercentile(99.9), histogram.GetMaxValue());
    }
}
