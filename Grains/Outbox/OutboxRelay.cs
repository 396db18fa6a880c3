using System.Diagnostics;
using SecKill.Grains.Claims;

namespace SecKill.Grains.Outbox;

/// <summary>
/// The outbox relay of one coupon ("drain" in settings and metrics): moves won claims from the outbox in Redis to the ledger, and notes in
/// the sale what is persisted (outside the coupon's grain there is none). Several may run at once; each claim is written once.
/// </summary>
internal sealed partial class OutboxRelay(
    StockServer server, ILedger ledger, Func<DrainBatch, Task<DrainResult>> write, CouponId id, CouponSale? sale, ILogger<OutboxRelay> logger)
{
    private const int BatchSize = 1000;

    private readonly CouponStock _stock = new(server, id);

    /// <summary>Relays the head of the outbox.</summary>
    /// <param name="line">
    /// Relays the waitlog, once the head was read: who is in it and waited is in the waitlog by then, so that the feed tells that a customer was
    /// served before it tells what became of the unit. False if the head must be read again.
    /// </param>
    /// <exception cref="UnavailableException">Redis or SQL does not answer; nothing is lost.</exception>
    public async Task<RelayStep> StepAsync(Func<Task<bool>>? line = null)
    {
        using var activity = Tracing.Start("drain", sale?.TakeTraces());
        try
        {
            return await RelayHeadAsync(line);
        }
        catch (UnavailableException fault)
        {
            activity?.SetStatus(ActivityStatusCode.Error, fault.Message);
            throw;
        }
    }

    private async Task<RelayStep> RelayHeadAsync(Func<Task<bool>>? line)
    {
        var head = await _stock.PeekAsync(BatchSize);
        if (line is not null && head.Entries.Length > 0 && !await line())
            return RelayStep.More;
        // Missing, and nothing won: perhaps a claim named a coupon that does not exist.
        if (head.State == StockState.Missing && sale is not { HasUnpersisted: true })
            return RelayStep.Done;
        if (head.State != StockState.Verified)
            return RelayStep.Diverged;
        // Another silo has rebuilt it: check that our unpersisted claims are in it.
        if (sale is not null && !await sale.TryAdoptAsync(head.Epoch))
            return RelayStep.Diverged;
        sale?.NoteHead(head, isAll: head.Entries.Length < BatchSize);
        if (head.Entries.Length == 0)
            return RelayStep.Done;

        var result = await write(head.Batch);
        if (result.Committed)
        {
            SiloMetrics.Drained.Add(result.Inserted);
            await AcknowledgeAsync(head, head.Entries.Length);
            if (result.Inserted < head.Entries.Length)
            {
                LogInLedgerAlready(id.Key, head.Entries.Length - result.Inserted);
                return RelayStep.Diverged;
            }
            if (head.Entries.Length == BatchSize)
                return RelayStep.More;
            return result.Version != head.Version ? RelayStep.TermsDiffer
                : result.Returned != head.Returned ? RelayStep.ReturnsDiffer
                : RelayStep.Done;
        }
        // Did another relay write these and die, or is it about to acknowledge? Believed only if the ledger has them: an outbox that was
        // rolled back under us has others at these positions.
        var ahead = (int)Math.Clamp(result.Drained - head.Position, 0, head.Entries.Length);
        if (result.Epoch == head.Epoch && ahead > 0
            && await ledger.HasAllAsync(head.Coupon, [.. head.Entries.Take(ahead).Select(entry => entry.User)]))
        {
            await AcknowledgeAsync(head, ahead);
            return RelayStep.More;
        }
        if (result.Epoch < 0)
            LogRowLost(id.Key);
        else if (result.Epoch < head.Epoch || (result.Epoch == head.Epoch && result.Drained < head.Position))
            LogLedgerBehind(id.Key);
        return RelayStep.Diverged;
    }

    private async Task AcknowledgeAsync(OutboxHead head, int count)
    {
        // Again, and always: a grain may have died between script and list, and a list may have been rebuilt from the ledger just
        // before these were committed. Their trace is trimmed only then.
        await server.Lists.AddAsync([.. head.Entries.Take(count).Select(entry => ListEntry.OfOwner(id, entry))]);
        await _stock.AcknowledgeAsync(head.Epoch, head.Position, count);
        sale?.NotePersisted(head.Epoch, head.Position + count);
    }

    [LoggerMessage(EventIds.LedgerRowLost, LogLevel.Error, "Coupon {Coupon}: the ledger has lost the row that its outbox belongs to; it has fallen back. Reconciling.")]
    private partial void LogRowLost(string coupon);

    [LoggerMessage(EventIds.LedgerBehindOutbox, LogLevel.Error, "Coupon {Coupon}: the ledger is behind what was drained into it; it has fallen back. Reconciling, which writes what Redis knows.")]
    private partial void LogLedgerBehind(string coupon);

    [LoggerMessage(EventIds.ClaimsInLedgerAlready, LogLevel.Error, "Coupon {Coupon}: {Count} claims of the outbox were in the ledger already; reconciling.")]
    private partial void LogInLedgerAlready(string coupon, int count);
}

/// <summary>What remains after a step of a relay.</summary>
internal enum RelayStep
{
    /// <summary>Nothing that was in the outbox before.</summary>
    Done,

    /// <summary>There may be more that was in the outbox before.</summary>
    More,

    /// <summary>Outbox and ledger do not fit together: the coupon must be reconciled.</summary>
    Diverged,

    /// <summary>As <see cref="Done"/>, but stock and ledger have different versions of the terms: a change was broken off in between.</summary>
    TermsDiffer,

    /// <summary>As <see cref="Done"/>, but the ledger has other returns than Redis had when the outbox was read.</summary>
    ReturnsDiffer,
}
