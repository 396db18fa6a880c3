using SecKill.ServiceDefaults.Batching;

namespace SecKill.Grains.Claims;

/// <content>
/// Units that owners give back: first in the ledger, then hidden from the owner's list, then in Redis, which sells them again. A return that
/// breaks off in between is finished by its repeat, by the relay, or by the wake-up.
/// </content>
internal sealed partial class CouponGrain
{
    private const int MaxReturning = 4_096;

    // A transaction of returns holds the coupon's row, for which its relay waits.
    private const int MaxReturns = 500;

    // A caller waits for 15 s in all.
    private static readonly TimeSpan _returnTimeout = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan _relayPause = TimeSpan.FromMilliseconds(50);

    // While one transaction is under way, the next returns gather.
    private readonly NaturalBatcher<ClaimReturn, ReturnResult> _returns = new(writer.ReturnAsync, MaxReturns, MaxReturning, name: "returns");

    // Returns under way: they rely on the wake-up.
    private int _returning;
    private Task _cancelling = Task.CompletedTask;

    public async Task<ReturnStatus> Return(string customer)
    {
        if (_returning >= MaxReturning)
            throw new UnavailableException("Too many returns of this coupon wait; nothing was done.");
        var outcome = ChangeOutcome.Undecided;
        _returning++;
        try
        {
            var status = await ReturnAsync(customer);
            outcome = status == ReturnStatus.Returned ? ChangeOutcome.Done : ChangeOutcome.Refused;
            return status;
        }
        catch (Exception)
        {
            // It may have been committed, or be on its way to that.
            _doubtSince = time.GetTimestamp();
            ScheduleRelay(_doubtPause);
            throw;
        }
        finally
        {
            _returning--;
            SiloMetrics.Returns.Add(outcome);
        }
    }

    private async Task<ReturnStatus> ReturnAsync(string customer)
    {
        var (began, asked) = (time.GetTimestamp(), (long?)null);
        await server.RefreshScriptsAsync(_stock.Key);
        // An activation that has read nothing yet does not know of a line to be served.
        if (_sale.Phase == SalePhase.Unverified && !await EnsureVerified())
        {
            DeactivateOnIdle();
            return ReturnStatus.NoSuchCoupon;
        }
        do
        {
            var standing = await _stock.StandingAsync(customer);
            if (standing.State != StockState.Verified)
            {
                if (!await EnsureVerified())
                {
                    DeactivateOnIdle();
                    return ReturnStatus.NoSuchCoupon;
                }
            }
            else if (!standing.TakesReturns)
            {
                return ReturnStatus.NotAllowed;
            }
            else if (standing.Holding == Holding.Returned)
            {
                return ReturnStatus.Returned;
            }
            else if (standing.Holding == Holding.Nothing)
            {
                if (!await ledger.HasAllAsync(standing.Coupon, [customer]))
                    return ReturnStatus.NoClaim;
                // Redis again: it has each claim before the ledger, so also one that was won in between.
                var still = await _stock.StandingAsync(customer);
                if (still == standing with { Now = still.Now })
                    await ReconcileAsync(ReconcileReason.Incomplete);
            }
            else if (await ReturnAsync(standing, customer, asked ??= standing.Now) is { } status)
            {
                return status;
            }
        }
        while (time.GetElapsedTime(began) < _returnTimeout);
        throw new UnavailableException("The coupon is being changed or rebuilt.");
    }

    /// <summary>Returns an owner's unit.</summary>
    /// <returns>Null where something else had to be done first, or came in between; then it is tried again.</returns>
    private async Task<ReturnStatus?> ReturnAsync(Standing standing, string customer, long at)
    {
        // Should we die between ledger and Redis, it finishes the return.
        await _cancelling;
        if (!await _wakeUp.TryScheduleAsync())
            throw new UnavailableException("The wake-up could not be registered; nothing was returned.");
        switch (await _returns.Add(new ClaimReturn(standing.Coupon, standing.Epoch, customer, at)))
        {
            case ReturnResult.Done or ReturnResult.Before:
                // Another activation may have found both stores equal, and removed the wake-up, before the commit.
                var renewing = _wakeUp.RenewAsync();
                var given = await GiveBackAsync(standing.Coupon, standing.Epoch, [customer]);
                await renewing;
                return given.State == StockState.Verified ? ReturnStatus.Returned : null;
            case ReturnResult.NoClaim:
                if (_isRelaying)
                {
                    await Task.Delay(_relayPause, time);
                    return null;
                }
                await RelayAsync();
                // All that was in the outbox is in the ledger now. A claim that is not, the ledger has lost; the rebuild gives it back.
                if (await _stock.StandingAsync(customer) is var still && still == standing with { Now = still.Now } && !await ledger.HasAllAsync(standing.Coupon, [customer]))
                    await ReconcileAsync(ReconcileReason.Incomplete);
                return null;
            case ReturnResult.Overtaken:
                await EnsureOfLedger();
                // A rebuild that broke off has begun a new epoch in the ledger alone.
                if (await _stock.ReadAsync() is { State: StockState.Verified } stock && stock.Epoch == standing.Epoch)
                    await ReconcileAsync(ReconcileReason.Diverged);
                return null;
            case ReturnResult.TooLate:
                return ReturnStatus.TooLate;
            case ReturnResult.Redeemed:
                return ReturnStatus.Redeemed;
            default:
                return ReturnStatus.NotAllowed;
        }
    }

    /// <summary>Hides the coupon from its earlier owners' lists, then has Redis sell the units again.</summary>
    /// <returns>Not verified where the stock has been rebuilt since, or must be.</returns>
    private async Task<GivenBack> GiveBackAsync(LedgerKey coupon, long epoch, IReadOnlyList<string> users)
    {
        await server.Lists.AddAsync([.. users.Select(user => ListEntry.OfReturned(_id, user))]);
        var given = await _stock.GiveBackAsync(coupon, epoch, users);
        if (given.State != StockState.Verified)
            return given;
        _sale.Leases.StartTerms(given.Left);
        if (_stock.HasWaitlist)
            ScheduleRelay(_quiet);
        if (!given.Results.Contains(GiveBackResult.NoOwner))
            return given;
        // The ledger has a claim of which Redis knows nothing.
        await ReconcileAsync(ReconcileReason.Incomplete);
        return default(GivenBack) with { State = StockState.Unverified };
    }

    /// <summary>Finishes returns that the ledger has alone; a rebuild tells the ledger of those that it has lost.</summary>
    private async Task FinishReturnsAsync(LedgerCoupon row, StockReading stock)
    {
        var (returned, finished) = (stock.Returned, 0);
        for (var before = long.MaxValue; returned < row.Returned;)
        {
            // Most likely the latest.
            var page = await ledger.ReturnsBeforeAsync(row.Key, before, CouponStock.MaxGivenBack);
            if (page.Count == 0)
                break;
            before = page[^1].No;
            var given = await GiveBackAsync(row.Key, stock.Epoch, [.. page.Select(one => one.User)]);
            if (given.State != StockState.Verified)
                return;
            returned = given.Returned;
            finished += given.Results.Count(result => result == GiveBackResult.Done);
        }
        if (finished > 0)
        {
            SiloMetrics.ReturnsFinished.Add(finished);
            LogReturnsFinished(_id.Key, finished);
        }
        if (returned < row.Returned || stock.Returned > row.Returned)
            await ReconcileAsync(ReconcileReason.Incomplete);
    }

    [LoggerMessage(EventIds.ReturnsFinished, LogLevel.Information, "Coupon {Coupon}: {Count} returns, which the ledger had alone, are in Redis now.")]
    private partial void LogReturnsFinished(string coupon, int count);
}
