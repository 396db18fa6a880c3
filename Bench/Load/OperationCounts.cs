using HdrHistogram;
using SecKill.Bench.Http;

namespace SecKill.Bench.Load;

/// <summary>The results of one kind of request. Not thread-safe.</summary>
internal sealed class OperationCounts
{
    // Longer latencies count as an hour.
    private const long LongestMicros = 3_600_000_000;
    private const int LastStatus = 599;

    private readonly long[] _statuses = new long[LastStatus + 1];
    private readonly long[] _results = new long[Enum.GetValues<ClaimResult>().Length];
    private readonly long[] _faults = new long[Enum.GetValues<TransportFault>().Length];

    /// <summary>Answers by HTTP status.</summary>
    public IReadOnlyDictionary<int, long> Statuses => Counted(_statuses, status => status);

    /// <summary>Answers by <c>Claim-Result</c>.</summary>
    public IReadOnlyDictionary<ClaimResult, long> Results => Counted(_results, result => (ClaimResult)result);

    /// <summary>Requests without answer, by reason.</summary>
    public IReadOnlyDictionary<TransportFault, long> Faults => Counted(_faults, fault => (TransportFault)fault);

    /// <summary>Latencies of the answers, in microseconds.</summary>
    public LongHistogram Latencies { get; } = new(LongestMicros, 3);

    /// <summary>How many answers came before the measured time was over.</summary>
    public long InTime { get; private set; }

    public long Answers => _statuses.Sum();

    /// <summary>All requests without answer.</summary>
    public long Failures => _faults.Sum();

    /// <summary>Answers with a status.</summary>
    public long Of(int status) => _statuses[status];

    /// <summary>An answer came after so many ticks of the <see cref="Clock"/>.</summary>
    public void Add(in HttpReply reply, long ticks, bool isInTime)
    {
        _statuses[Math.Clamp(reply.Status, 0, LastStatus)]++;
        _results[(int)reply.Result]++;
        Latencies.RecordValue(Math.Clamp(Clock.Micros(ticks), 0, LongestMicros));
        InTime += isInTime ? 1 : 0;
    }

    /// <summary>No answer came.</summary>
    public void Add(TransportFault fault) => _faults[(int)fault]++;

    /// <summary>Adds other counts of the same kind of request.</summary>
    public void Add(OperationCounts other)
    {
        Sum(_statuses, other._statuses);
        Sum(_results, other._results);
        Sum(_faults, other._faults);
        Latencies.Add(other.Latencies);
        InTime += other.InTime;
    }

    private static void Sum(long[] counts, long[] more)
    {
        for (var i = 0; i < counts.Length; i++)
            counts[i] += more[i];
    }

    private static Dictionary<TKey, long> Counted<TKey>(long[] counts, Func<int, TKey> keyOf)
        where TKey : notnull =>
        counts.Index().Where(count => count.Item > 0).ToDictionary(count => keyOf(count.Index), count => count.Item);
}
