namespace SecKill.Grains.Interfaces.Coupons;

/// <summary>The answer to a <see cref="ClaimBatch"/>.</summary>
/// <param name="Outcomes">One outcome per user, in the batch's order.</param>
/// <param name="Refusal">Where the coupon refuses all who own nothing: permission to do so without asking.</param>
/// <param name="Places">The place in line of each user who waits, in the batch's order; null where none does.</param>
/// <param name="Silo">The silo on which the coupon is active, the key of its <see cref="IClaimBatchGrain"/>; null where that is not known.</param>
[GenerateSerializer, Immutable]
public sealed record ClaimReply(
    [property: Id(0)] ClaimOutcome[] Outcomes, [property: Id(1)] RefusalLease? Refusal, [property: Id(2)] string? Silo = null,
    [property: Id(3)] long[]? Places = null)
{
    /// <summary>The reply to a batch that could not be decided.</summary>
    public static ClaimReply Undecided(ClaimBatch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        return new ClaimReply(new ClaimOutcome[batch.Users.Length], null);
    }
}
