namespace SecKill.Grains.Claims;

/// <summary>What follows from a decision, for the grain that had it made.</summary>
/// <param name="IsOfThisEpoch">
/// Whether the decision belongs to the stock that this silo knows. If not, no owner may be confirmed. A claim without a slot in the memory
/// is confirmed all the same.
/// </param>
/// <param name="HasWinners">Whether a unit was won, so that there is something to relay.</param>
/// <param name="WasOpen">Whether the sale was open to batches before: then the wake-up is scheduled, and need not be waited for.</param>
/// <param name="IsRelayDue">Whether the outbox will be read some time from now on, without the grain being told.</param>
internal readonly record struct Settlement(bool IsOfThisEpoch, bool HasWinners, bool WasOpen, bool IsRelayDue);
