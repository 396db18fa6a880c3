namespace SecKill.Grains.Claims;

/// <summary>What follows from a decision, for the grain that had it made.</summary>
/// <param name="IsOfThisEpoch">Whether the owners are remembered until SQL has them. If not, none of them may be confirmed.</param>
/// <param name="HasWinners">Whether a unit was won, so that there is something to relay.</param>
/// <param name="WasOpen">Whether the wake-up was known to be scheduled when this was settled.</param>
/// <param name="IsRelayDue">Whether the outbox will be read some time from now on, without the grain being told.</param>
internal readonly record struct Settlement(bool IsOfThisEpoch, bool HasWinners, bool WasOpen, bool IsRelayDue);
