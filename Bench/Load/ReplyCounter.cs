using SecKill.Bench.Http;

namespace SecKill.Bench.Load;

/// <summary>Counts the replies to each kind of request. Thread-safe: a stripe for each processor.</summary>
internal sealed class ReplyCounter
{
    private readonly OperationCounts[][] _stripes;

    /// <summary>Counts each of some operations.</summary>
    public ReplyCounter(int operations) =>
        _stripes = [.. Enumerable.Range(0, operations).Select(_ => Enumerable.Range(0, Environment.ProcessorCount).Select(_ => new OperationCounts()).ToArray())];

    /// <summary>An answer came after so many ticks, within the time that counts for the rate or after its end.</summary>
    public void Answered(int connection, int operation, in HttpReply reply, long ticks, bool isInTime)
    {
        var stripe = StripeOf(connection, operation);
        lock (stripe)
            stripe.Add(reply, ticks, isInTime);
    }

    /// <summary>No answer came.</summary>
    public void Failed(int connection, int operation, TransportFault fault)
    {
        var stripe = StripeOf(connection, operation);
        lock (stripe)
            stripe.Add(fault);
    }

    /// <summary>What was counted for an operation up to now.</summary>
    public OperationCounts Read(int operation) => Sum(_stripes[operation]);

    /// <summary>What was counted for all operations together.</summary>
    public OperationCounts ReadAll() => Sum(_stripes.SelectMany(stripes => stripes));

    private OperationCounts StripeOf(int connection, int operation) => _stripes[operation][connection % Environment.ProcessorCount];

    private static OperationCounts Sum(IEnumerable<OperationCounts> stripes)
    {
        var sum = new OperationCounts();
        foreach (var stripe in stripes)
        {
            lock (stripe)
                sum.Add(stripe);
        }
        return sum;
    }
}
