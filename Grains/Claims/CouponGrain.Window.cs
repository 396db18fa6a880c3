namespace SecKill.Grains.Claims;

/// <content>The coupon as it is seen, the wake-up before its sale starts, and the edges of the window for the ledger.</content>
internal sealed partial class CouponGrain
{
    private static readonly TimeSpan _wokenBefore = TimeSpan.FromMinutes(1);

    // A timer takes less than 50 days; then it rings, and is registered anew.
    private static readonly TimeSpan _longestDue = TimeSpan.FromDays(30);

    private static readonly TimeSpan _moment = TimeSpan.FromMilliseconds(10);

    private long _startWakeUpVersion = -1;
    private IGrainTimer? _servingAtStart;

    public async Task<CouponView?> View()
    {
        if (await ViewStockAsync() is { } view)
            return view;
        if (await VerifiedSoonAsync())
            return await ViewStockAsync() ?? throw new UnavailableException("The stock cannot be believed at the moment.");
        DeactivateOnIdle();
        return null;
    }

    private async Task<CouponView?> ViewStockAsync()
    {
        var (view, _) = await ViewNowAsync();
        return view is null ? null : Seen(view);
    }

    private async Task<(CouponView? View, long Now)> ViewNowAsync()
    {
        var (view, now, latches) = await _stock.ViewNowAsync();
        // It may be the first script that saw an edge pass.
        if (view is not null && _sale.NoteLatches(view.Version, latches))
            ScheduleRelay(_options.DrainInterval);
        return (view, now);
    }

    /// <summary>With the operators' stops, which the stock does not know of.</summary>
    private CouponView Seen(CouponView view) => view with { State = stops.Seen(_id, view.State) ?? view.State };

    /// <summary>The time by the clock that decides about this coupon, in microseconds since 1970.</summary>
    private async Task<long> NowAsync() => (await ViewNowAsync()).Now;

    /// <summary>Whether the first customers may come before the wake-up rings again: it is kept for them.</summary>
    private bool StartsSoon(in StockReading stock) => stock.StartsIn < _wokenBefore + 2 * _options.ReminderPeriod;

    /// <summary>Has the coupon woken before its sale starts, so that the first customer does not pay for it.</summary>
    private async Task ScheduleStartAsync(StockReading stock)
    {
        if (stock.StartsIn is not { } startsIn)
            return;
        if (stock.Version != _startWakeUpVersion)
            _startWakeUp.Invalidate();
        _startWakeUpVersion = stock.Version;
        var due = TimeSpan.FromTicks(Math.Clamp((startsIn - _wokenBefore).Ticks, 0, _longestDue.Ticks));
        await _startWakeUp.ScheduleAsync(due);
        ServeAtStart(stock);
    }

    /// <summary>
    /// Has those in line served when the sale starts, without waiting for a claim: it had ended, and begins anew. A start that is far away the wake-up
    /// comes before.
    /// </summary>
    private void ServeAtStart(in StockReading stock)
    {
        _servingAtStart?.Dispose();
        _servingAtStart = stock.MustServeOnceStarted && StartsSoon(stock)
            // Not at once, over and over, while a change holds the start.
            ? this.RegisterGrainTimer(OnStartAsync, new GrainTimerCreationOptions(stock.StartsIn!.Value + _moment, Timeout.InfiniteTimeSpan) { Interleave = true, KeepAlive = true })
            : null;
    }

    private async Task OnStartAsync(CancellationToken cancellation)
    {
        try
        {
            // Sets the timer anew where it rang a moment early.
            await EnsureVerified();
        }
        catch (UnavailableException fault)
        {
            LogNotRelayed(fault, _id.Key);
            ScheduleRelay(_options.DrainInterval);
        }
    }

    /// <summary>The stock was verified: keeps the coupon awake until its start is past.</summary>
    private async Task OnStartWakeUpAsync(bool exists)
    {
        var stock = exists ? await _stock.ReadAsync() : default;
        // Being rebuilt: it rings again.
        if (exists && stock.State != StockState.Verified)
            return;
        if (stock.StartsIn is null)
        {
            await _startWakeUp.CancelAsync();
        }
        else if (StartsSoon(stock))
        {
            await _wakeUp.ScheduleAsync();
        }
        else
        {
            _startWakeUp.Invalidate();
            await ScheduleStartAsync(stock);
        }
    }

    /// <summary>Writes the edges that the stock has seen to the ledger, if it lacks them: they hold there too, should Redis be lost.</summary>
    /// <exception cref="UnavailableException">SQL does not answer.</exception>
    private async Task SaveLatchesAsync()
    {
        if (_sale.UnsavedLatches is not { } latches || await ledger.FindAsync(_id) is not { } row)
            return;
        // Under other terms of the ledger, these are put in first, and then say what still holds.
        if (!row.Latches.Covers(latches.Seen) && !await ledger.LatchAsync(row.Key, latches.Version, latches.Seen.OpenedAt, latches.Seen.EndedAt))
            return;
        _sale.NoteSaved(latches.Version, latches.Seen);
        // Once for all silos, whichever script saw it first.
        if (row.OpenedAt is null && latches.Seen.OpenedAt is not null)
            SiloMetrics.SaleEdges.Add(SaleEdge.Started);
        if (row.EndedAt is null && latches.Seen.EndedAt is not null)
            SiloMetrics.SaleEdges.Add(SaleEdge.Ended);
    }
}
