using HdrHistogram;
using SecKill.Bench.Http;

namespace SecKill.Bench.Load;

/// <summary>The results of one kind of request.</summary>
internal sealed class OperationCounts
{
    /// <summary>Answers by HTTP status.</summary>
    public SortedDictionary<int, long> Statuses { get; } = [];

    /// <summary>Answers by <c>Claim-Result</c>.</summary>
    public SortedDictionary<ClaimResult, long> Results { get; } = [];

    /// <summary>Requests without answer, by reason.</summary>
    public SortedDictionary<TransportFault, long> Faults { get; } = [];

    /// <summary>Latencies of the answers, in microseconds.</summary>
    public LongHistogram Latencies { get; } = ReplyCounter.NewHistogram();

    /// <summary>How many answers came before the measured time was over.</summary>
    public long InTime { get; private set; }

    /// <summary>All answers.</summary>
    public long Answers => Statuses.Values.Sum();

    /// <summary>All requests without answer.</summary>
    public long Failures => Faults.Values.Sum();

    /// <summary>Answers with a status.</summary>
    public long Of(int status) => Statuses.GetValueOrDefault(status);

    internal void Add(ReplyCounter.Stripe stripe)
    {
        AddTo(Statuses, stripe.Statuses, status => status);
        AddTo(Results, stripe.Results, result => (ClaimResult)result);
        AddTo(Faults, stripe.Faults, fault => (TransportFault)fault);
        Latencies.Add(stripe.Latencies);
        InTime += stripe.InTime;
    }

    internal void Add(OperationCounts other)
    {
        foreach (var (status, count) in other.Statuses)
            Statuses[status] = Statuses.GetValueOrDefault(status) + count;
        foreach (var (result, count) in other.Results)
            Results[result] = Results.GetValueOrDefault(result) + count;
        foreach (var (fault, count) in other.Faults)
            Faults[fault] = Faults.GetValueOrDefault(fault) + count;
        Latencies.Add(other.Latencies);
        InTime += other.InTime;
    }

    private static void AddTo<TKey>(SortedDictionary<TKey, long> sum, long[] counts, Func<int, TKey> keyOf)
        where TKey : notnull
    {
        for (var i = 0; i < counts.Length; i++)
        {
            if (counts[i] > 0)
                sum[keyOf(i)] = sum.GetValueOrDefault(keyOf(i)) + counts[i];
        }
    }
}
