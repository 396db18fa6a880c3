using SecKill.Grains.Recovery;

namespace SecKill.Grains.Outbox;

/// <content>The waitlog: who joined and left the waiting list. As the outbox; each entry may be written twice, and ends alike.</content>
internal sealed partial class OutboxRelay
{
    /// <summary>Relays the head of the waitlog.</summary>
    /// <exception cref="UnavailableException">Redis or SQL does not answer; nothing is lost.</exception>
    public async Task<RelayStep> WaitlogStepAsync()
    {
        var head = await _stock.PeekWaitlogAsync(BatchSize);
        if (head.State == StockState.Missing && sale is not { HasUnpersisted: true })
            return RelayStep.Done;
        if (head.State != StockState.Verified)
            return RelayStep.Diverged;
        if (sale is not null && !await sale.TryAdoptAsync(head.Epoch))
            return RelayStep.Diverged;
        sale?.NoteWaitsPersisted(head.Epoch, head.Position);
        if (head.Entries.Length == 0)
            return RelayStep.Done;

        var result = await ledger.DrainWaitlogAsync(new WaitBatch(head.Coupon, head.Epoch, head.Position, head.Entries));
        var count = result.Committed ? head.Entries.Length : await CountAheadAsync(head, result);
        if (count == 0)
            return RelayStep.Diverged;
        await _stock.AcknowledgeWaitlogAsync(head.Epoch, head.Position, count);
        sale?.NoteWaitsPersisted(head.Epoch, head.Position + count);
        return count == BatchSize || !result.Committed ? RelayStep.More : RelayStep.Done;
    }

    /// <summary>How many of these another relay has written, and died, or is about to acknowledge. Believed only if the ledger has them.</summary>
    private async Task<int> CountAheadAsync(WaitlogHead head, WaitResult result)
    {
        var ahead = (int)Math.Clamp(result.Position - head.Position, 0, head.Entries.Length);
        if (result.Epoch != head.Epoch || ahead == 0)
            return 0;
        var entries = head.Entries.Take(ahead).ToList();
        var inLedger = (await ledger.WaitsOfAsync(head.Coupon, [.. entries.Select(entry => entry.User).Distinct()])).ToDictionary(wait => wait.User);
        return entries.TrueForAll(entry => RebuiltLine.IsIn(inLedger, entry)) ? ahead : 0;
    }
}
