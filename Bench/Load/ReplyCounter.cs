using HdrHistogram;
using SecKill.Bench.Http;

namespace SecKill.Bench.Load;

/// <summary>Counts replies and their latencies. Thread-safe: a stripe for each processor.</summary>
internal sealed class ReplyCounter
{
    /// <summary>Latencies beyond an hour count as an hour.</summary>
    public const long LongestMicros = 3_600_000_000;

    private readonly Stripe[][] _stripes;

    /// <summary>Counts each of some operations.</summary>
    public ReplyCounter(int operations) =>
        _stripes = [.. Enumerable.Range(0, operations).Select(_ => Enumerable.Range(0, Environment.ProcessorCount).Select(_ => new Stripe()).ToArray())];

    /// <summary>An answer came after so many ticks, within the time that counts for the rate or after its end.</summary>
    public void Answered(int connection, int operation, in HttpReply reply, long ticks, bool isInTime)
    {
        var stripe = StripeOf(connection, operation);
        lock (stripe.Lock)
        {
            stripe.Statuses[Math.Clamp(reply.Status, 0, Stripe.LastStatus)]++;
            stripe.Results[(int)reply.Result]++;
            stripe.Latencies.RecordValue(Math.Clamp(Clock.Micros(ticks), 0, LongestMicros));
            stripe.InTime += isInTime ? 1 : 0;
        }
    }

    /// <summary>No answer came.</summary>
    public void Failed(int connection, int operation, TransportFault fault)
    {
        var stripe = StripeOf(connection, operation);
        lock (stripe.Lock)
            stripe.Faults[(int)fault]++;
    }

    /// <summary>What was counted for an operation up to now.</summary>
    public OperationCounts Read(int operation)
    {
        var sum = new OperationCounts();
        foreach (var stripe in _stripes[operation])
        {
            lock (stripe.Lock)
                sum.Add(stripe);
        }
        return sum;
    }

    /// <summary>What was counted for all operations together.</summary>
    public OperationCounts ReadAll()
    {
        var sum = new OperationCounts();
        for (var operation = 0; operation < _stripes.Length; operation++)
            sum.Add(Read(operation));
        return sum;
    }

    private Stripe StripeOf(int connection, int operation) => _stripes[operation][connection % Environment.ProcessorCount];

    internal sealed class Stripe
    {
        public const int LastStatus = 599;

        public readonly Lock Lock = new();
        public readonly long[] Statuses = new long[LastStatus + 1];
        public readonly long[] Results = new long[Enum.GetValues<ClaimResult>().Length];
        public readonly long[] Faults = new long[Enum.GetValues<TransportFault>().Length];
        public readonly LongHistogram Latencies = NewHistogram();
        public long InTime;
    }

    internal static LongHistogram NewHistogram() => new(LongestMicros, 3);
}
