namespace SecKill.Grains.Claims;

/// <summary>What follows from a decision, for the grain that had it made.</summary>
/// <param name="IsOfThisEpoch">
/// Whether the decision belongs to the stock that this silo knows. If not, no owner may be confirmed. A claim without a slot in the memory
/// is confirmed all the same.
/// </param>
/// <param name="HasWinners">Whether a unit was won, so that there is something to relay.</param>
/// <param name="HasWakeUp">Whether the coupon was still batched, and so has its wake-up: a crash now loses no claim.</param>
/// <param name="HasRelay">Whether the grain's timer will read the outbox.</param>
/// <param name="HasNewLatch">Whether an edge of the window was seen that the ledger may lack; a relay writes it.</param>
/// <param name="Served">Who was served from the waiting list, whose lists the caller must write; null for none.</param>
internal readonly record struct Settlement(
    bool IsOfThisEpoch, bool HasWinners, bool HasWakeUp, bool HasRelay, bool HasNewLatch = false, string[]? Served = null)
{
    /// <summary>Whether the coupon's grain must be told to schedule a relay, a wake-up, or both.</summary>
    public bool NeedsRelay => (HasWinners && !(HasWakeUp && HasRelay)) || HasNewLatch;
}
