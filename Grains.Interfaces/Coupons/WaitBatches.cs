namespace SecKill.Grains.Interfaces.Coupons;

/// <summary>What became of a batch of customers who join a waiting list, or leave it.</summary>
/// <param name="Outcomes">One a customer, in the batch's order.</param>
/// <param name="Places">The place in line of each; 0 for one who does not wait.</param>
/// <param name="Of">How many wait.</param>
/// <param name="Refusal">Where the line is full: permission to tell so, without asking, to all who are not known.</param>
[GenerateSerializer, Immutable]
public sealed record WaitReply(
    [property: Id(0)] WaitOutcome[] Outcomes, [property: Id(1)] long[] Places, [property: Id(2)] long Of, [property: Id(3)] RefusalLease? Refusal = null)
{
    /// <summary>The same for all.</summary>
    public static WaitReply All(int count, WaitOutcome outcome)
    {
        var outcomes = new WaitOutcome[count];
        Array.Fill(outcomes, outcome);
        return new WaitReply(outcomes, new long[count], 0);
    }
}

/// <summary>A customer's place in line.</summary>
/// <param name="Position">From 1 on; 0 for a customer who owns a unit, -1 for one who does not wait, -2 where there is no waiting list.</param>
/// <param name="Of">How many wait.</param>
[GenerateSerializer, Immutable]
public readonly record struct WaitingPlace([property: Id(0)] long Position, [property: Id(1)] long Of);
