using SecKill.Grains.Recovery;

namespace SecKill.Grains.Claims;

/// <content>
/// Changes of the terms while it sells, one after the other: the ledger issues the version, Redis gets the terms. What takes units sets
/// them aside in Redis first. A change that breaks off in between is finished by the next one, by a repeat, or by the wake-up.
/// </content>
#pragma warning disable CA1001 // A semaphore without a wait handle owns nothing; disposed, it would fail a change under way.
internal sealed partial class CouponGrain
#pragma warning restore CA1001
{
    private const int MaxWaitingChanges = 32;
    private const int ChangeAttempts = 6;

    // Longer than a script or a transaction that its caller has given up may take.
    private static readonly TimeSpan _doubt = TimeSpan.FromSeconds(20);

    // How often it is looked at meanwhile.
    private static readonly TimeSpan _doubtPause = TimeSpan.FromSeconds(1);

    // A caller waits for 15 s in all.
    private static readonly TimeSpan _turnTimeout = TimeSpan.FromSeconds(10);

    // Taken by each change, and by what would end that on which one relies.
    private readonly SemaphoreSlim _changes = new(1);
    private readonly HashSet<(string Caller, string Key)> _requests = [];
    private int _waitingChanges;

    // When a change last failed, of which something may still happen; null where none has of late.
    private long? _doubtSince;

    public async Task<ChangeReply> Change(CouponChange change, RequestMark by, long? ifVersion)
    {
        var outcome = ChangeOutcome.Undecided;
        try
        {
            var reply = await ChangeInTurnAsync(change, by, ifVersion);
            outcome = reply.Status == ChangeStatus.Done ? ChangeOutcome.Done : ChangeOutcome.Refused;
            return reply;
        }
        finally
        {
            SiloMetrics.Changes.Add(change.Action, outcome);
        }
    }

    private async Task<ChangeReply> ChangeInTurnAsync(CouponChange change, RequestMark by, long? ifVersion)
    {
        if (_waitingChanges >= MaxWaitingChanges)
            throw new UnavailableException("Too many changes of this coupon wait; nothing was changed.");
        if (by.Key is { } key && !_requests.Add((by.Caller, key)))
            return new ChangeReply(ChangeStatus.InProgress);
        _waitingChanges++;
        var hasTurn = false;
        try
        {
            if (!(hasTurn = await _changes.WaitAsync(_turnTimeout)))
                throw new UnavailableException("Another change of this coupon takes long; nothing was changed.");
            for (var attempt = 0; attempt < ChangeAttempts; attempt++)
            {
                if (await TryChangeAsync(change, by, ifVersion) is { } reply)
                    return reply;
            }
            throw new UnavailableException("The coupon is being changed or rebuilt.");
        }
        catch (Exception) when (hasTurn)
        {
            _doubtSince = time.GetTimestamp();
            ScheduleRelay(_doubtPause);
            throw;
        }
        finally
        {
            if (hasTurn)
                _changes.Release();
            _waitingChanges--;
            if (by.Key is not null)
                _requests.Remove((by.Caller, by.Key));
        }
    }

    public async Task<CouponOperation[]?> Operations(long after, int count)
    {
        if (await ledger.FindAsync(_id) is { } row)
            return [.. (await ledger.OperationsAsync(row.Key, after, count)).Select(one => new CouponOperation(one.No, one.At, one.Actor, one.Action, one.Before, one.After))];
        DeactivateUnlessSelling();
        return null;
    }

    /// <summary>For a coupon that the ledger does not know. It may have fallen back, and Redis sell on.</summary>
    private void DeactivateUnlessSelling()
    {
        if (_sale.Phase == SalePhase.Unverified && !_sale.HasUnpersisted)
            DeactivateOnIdle();
    }

    /// <returns>Null where something else had to be done first, or came in between; then it is tried again.</returns>
    private async Task<ChangeReply?> TryChangeAsync(CouponChange change, RequestMark by, long? ifVersion)
    {
        // Before the stores are read: a request found here is in the row that is read after it.
        var earlier = by.Key is null ? null : await ledger.FindRequestAsync(by.Caller, by.Key);
        await server.RefreshScriptsAsync(_stock.Key);
        var stock = await _stock.ReadAsync();
        if (await ledger.FindAsync(_id) is not { } row)
        {
            DeactivateUnlessSelling();
            return new ChangeReply(ChangeStatus.NoSuchCoupon);
        }
        if (!await AreEqualAsync(stock, row, canStop: change.Action is ChangeAction.Pause or ChangeAction.Window))
            return null;
        // Should we die between ledger and Redis, it finishes the change. A rebuild may have lost it.
        if (!await _wakeUp.TryScheduleAsync())
            throw new UnavailableException("The wake-up could not be registered; nothing was changed.");
        if (earlier is not null)
            return earlier.IsRepeatedBy(by) ? await DoneAsync(stock, row) : new ChangeReply(ChangeStatus.OtherContent);
        var plan = ChangePlan.Of(change, row, stock.Latches, stock.Left, await NowAsync());
        if (plan.IsAsAsked)
            return await ledger.NoteRequestAsync(row.Key, row.Version, by) ? await DoneAsync(stock, row) : null;
        if (ifVersion is { } version && version != row.Version)
            return new ChangeReply(ChangeStatus.VersionDiffers, await ViewAsync(row));
        if (plan.Refusal is { } refusal)
            return new ChangeReply(refusal);
        return plan switch
        {
            { AmountBy: < 0 } => await HoldingAsync(until => LowerAsync(change, plan, by, row, until)),
            { IsForUnstarted: true } => await HoldingAsync(until => PutOffAsync(change, plan, by, row, until)),
            _ => await ChangeAsync(change, plan, by, row),
        };
    }

    /// <summary>Makes sure that no earlier change is unfinished. Terms that stop reach stock that is not verified too.</summary>
    /// <returns>False where something had to be done for it.</returns>
    private async Task<bool> AreEqualAsync(StockReading stock, LedgerCoupon row, bool canStop)
    {
        if (stock.State != StockState.Verified && !canStop)
            return !await EnsureVerified();
        // A rebuild would put later terms of Redis back into the ledger, over the ones that stop.
        var version = stock.State == StockState.Verified ? stock.Version
            : await TermsInRedis.ReadAsync(server, _stock.Key) is var terms && terms.AreLaterThan(row) ? terms.Version
            : 0;
        if (version > row.Version)
        {
            if (IsNews(row.Version, version))
                LogTermsBehind(_id.Key, row.Version, version);
            throw new UnavailableException("The ledger has earlier terms than Redis.");
        }
        if (stock.State != StockState.Verified)
            return true;
        if (stock.Identity != row.Key.Identity)
            await EnsureOfLedger();
        else if (stock.Version < row.Version)
            await ApplyTermsAsync(row);
        else if (stock.IsHeld)
            await EndHoldAsync(row);
        else
            return true;
        return false;
    }

    /// <summary>
    /// After a change that failed: ends what it has set aside, and puts in what it has committed. Either may still happen for some time, since
    /// a script or a commit may be on its way.
    /// </summary>
    private async Task EndDoubtAsync()
    {
        if (_doubtSince is not { } since)
            return;
        var isOver = time.GetElapsedTime(since) > _doubt;
        if (_changes.CurrentCount > 0)
            await EnsureOfLedger();
        else
            isOver = false;
        if (isOver && _doubtSince == since)
            _doubtSince = null;
        else
            ScheduleRelay(_doubtPause);
    }

    /// <summary>Ends what a change that broke off has set aside. Its transaction may still commit, so the version is moved first.</summary>
    private async Task EndHoldAsync(LedgerCoupon row)
    {
        if ((await ledger.ChangeAsync(new TermsChange(row.Key, row.Version))).Row is { } now)
            await ApplyTermsAsync(now);
    }

    /// <summary>As <see cref="EndHoldAsync"/>, unless a change is under way.</summary>
    private Task EndAbandonedHoldAsync(LedgerCoupon row) => UnlessChangingAsync(() => EndHoldAsync(row));

    /// <summary>Does something that a change under way must not meet.</summary>
    private async Task UnlessChangingAsync(Func<Task> act)
    {
        if (!_changes.Wait(0))
            return;
        try
        {
            await act();
        }
        finally
        {
            _changes.Release();
        }
    }
}
