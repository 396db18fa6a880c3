using SecKill.Grains.Stock;

namespace SecKill.Grains.Recovery;

/// <summary>Stock as the <see cref="Reconciler"/> has opened it.</summary>
/// <param name="Epoch">The epoch that began with it.</param>
/// <param name="Drained">How many claims the ledger had: the position of the outbox's first entry.</param>
/// <param name="Owners">How many owners there are, in the ledger and in the outbox.</param>
/// <param name="Queue">The outbox.</param>
/// <param name="Dropped">How many had won and are no owners any more.</param>
internal sealed record RebuiltStock(long Epoch, long Drained, int Owners, IReadOnlyList<QueueEntry> Queue, int Dropped = 0);
