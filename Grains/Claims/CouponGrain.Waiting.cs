namespace SecKill.Grains.Claims;

/// <content>The waiting list: who joins and leaves it, and its serving where no claim does that.</content>
internal sealed partial class CouponGrain
{
    // The quiet time of fence.lua, and a little more: a timer that rings within it would only be set again.
    private static readonly TimeSpan _quiet = TimeSpan.FromMilliseconds(110);

    // What waits for the end of an operators' stop.
    private Task _servingAfter = Task.CompletedTask;

    public Task<WaitReply> Join(string[] users, FilterStamp? known) => WaitAsync(users, async () =>
    {
        if (_sale.Leases.TryRefuseJoins(users, known) is { } lease)
            return new Waited(_sale.Epoch, 0, () => true, () => WaitReply.All(users.Length, WaitOutcome.Full) with { Refusal = lease });
        var asked = time.GetTimestamp();
        var decision = await _stock.JoinAsync(users);
        if (decision.State != StockState.Verified)
            return null;
        if (decision.Joined > 0)
            ScheduleRelay(_options.DrainInterval);
        return new Waited(
            decision.Epoch, decision.Micros, () =>
            {
                if (!_sale.Settle(users, decision, asked))
                    return false;
                // The script may have been the first to see an edge of the window.
                if (_sale.NoteLatches(decision.Version, decision.Latches))
                    ScheduleRelay(_options.DrainInterval);
                return true;
            },
            () => new WaitReply(decision.Outcomes, decision.Places, decision.Waiting, decision.IsFull ? _sale.Leases.For(known) : null));
    });

    public Task<WaitReply> Leave(string[] users) => WaitAsync(users, async () =>
    {
        var decision = await _stock.LeaveAsync(users);
        if (decision.State != StockState.Verified)
            return null;
        if (Array.Exists(decision.Serials, serial => serial > 0))
            ScheduleRelay(_options.DrainInterval);
        return new Waited(decision.Epoch, decision.Micros, () => _sale.Settle(users, decision), () => new WaitReply(decision.Outcomes, new long[users.Length], 0));
    });

    public async Task<WaitingPlace?> Place(string user)
    {
        // An activation that has read nothing yet does not know of a line to be served.
        if (_sale.Phase == SalePhase.Unverified || await _stock.PlaceAsync(user) is not { } place)
        {
            if (!await VerifiedSoonAsync())
            {
                DeactivateOnIdle();
                return null;
            }
            place = await _stock.PlaceAsync(user) ?? throw new UnavailableException("The stock cannot be believed at the moment.");
        }
        if (place.Place == 0)
        {
            if (!await SettleAsync(place.Epoch, () => _sale.SettleOwner(user, place.Positions, place.Micros, place.Epoch)))
                throw new UnavailableException("The stock was rebuilt meanwhile.");
            // Told so, the customer finds the coupon in the list.
            if (!await ListServedAsync([user], place.Micros))
                throw new UnavailableException("The list could not be written.");
        }
        return new WaitingPlace(place.Place, place.Of);
    }

    /// <summary>Has a batch of joins or leaves decided, as claims are: see <see cref="DecideAsync"/>.</summary>
    /// <returns>One outcome per user. What could not be decided is undecided; this never throws for want of a server.</returns>
    private async Task<WaitReply> WaitAsync(string[] users, Func<Task<Waited?>> ask)
    {
        var reply = await DecideWaitsAsync(users, ask);
        foreach (var outcome in reply.Outcomes)
            SiloMetrics.Waits.Add(outcome);
        return reply;
    }

    private async Task<WaitReply> DecideWaitsAsync(string[] users, Func<Task<Waited?>> ask)
    {
        var began = time.GetTimestamp();
        try
        {
            if (_sale.Phase == SalePhase.Unverified && !await VerifiedSoonAsync())
                return NoSuchWaitlist(users);
            // Before the first entry, so that a coupon with anything to relay has its wake-up.
            await _wakeUp.ScheduleAsync();
            var waited = await AskAsync(ask, began);
            if (waited is null)
            {
                if (!await VerifiedSoonAsync())
                    return NoSuchWaitlist(users);
                waited = await AskAsync(ask, began) ?? throw new UnavailableException("The stock cannot be believed at the moment.");
            }
            if (!await SettleAsync(waited.Epoch, waited.Settle))
                return WaitReply.All(users.Length, WaitOutcome.Undecided);
            var reply = waited.Reply();
            await ListOwnersAsync(users, reply.Outcomes, waited.Micros);
            // The reminder may have rung and been cancelled while the script ran.
            await _wakeUp.ScheduleAsync();
            return reply;
        }
        catch (Exception fault) when (fault is UnavailableException or TimeoutException)
        {
            LogWaitsUndecided(fault, _id.Key, users.Length);
            return WaitReply.All(users.Length, WaitOutcome.Undecided);
        }
    }

    /// <summary>Notes a decision, after a rebuild that it was overtaken by too.</summary>
    /// <returns>Whether it holds, so that it may be confirmed.</returns>
    private async Task<bool> SettleAsync(long epoch, Func<bool> settle)
    {
        if (settle())
            return true;
        if (!await _sale.TryAdoptAsync(epoch))
            await ReconcileAsync(ReconcileReason.Incomplete).WaitAsync(_reconcileTimeout, time);
        return settle();
    }

    /// <summary>Who hears of owning a unit finds the coupon in the list. Undecided for those whose list could not be written.</summary>
    private async Task ListOwnersAsync(string[] users, WaitOutcome[] outcomes, long micros)
    {
        string[] owners = [.. users.Where((_, i) => outcomes[i] == WaitOutcome.AlreadyClaimed)];
        if (owners.Length == 0 || await ListServedAsync(owners, micros))
            return;
        for (var i = 0; i < outcomes.Length; i++)
        {
            if (outcomes[i] == WaitOutcome.AlreadyClaimed)
                outcomes[i] = WaitOutcome.Undecided;
        }
    }

    private async Task<Waited?> AskAsync(Func<Task<Waited?>> ask, long began)
    {
        // As a claim: the caller has given up by then, and the customer perhaps left the line that this would put them in.
        if (time.GetElapsedTime(began) > _decideTimeout)
            throw new TimeoutException($"Redis was not asked within {_decideTimeout.TotalSeconds:0} s.");
        try
        {
            return await ask();
        }
        catch (UnavailableException)
        {
            // The script may still run after our timeout.
            ScheduleRelay(_options.DrainInterval);
            throw;
        }
    }

    /// <summary>
    /// Serves the first in line while units are left for them, some at a time: the relay that calls this records those before it serves
    /// more, and where it cannot, line.lua bounds how many.
    /// </summary>
    /// <exception cref="UnavailableException">Redis does not answer.</exception>
    private async Task ServeAsync()
    {
        if (!_stock.HasWaitlist)
            return;
        var changed = stops.Changed;
        if (stops.Covers(_id))
        {
            ServeAfter(changed);
            return;
        }
        var served = await _stock.ServeAsync();
        if (served.State != StockState.Verified)
            return;
        if (served.Users.Length > 0)
        {
            SiloMetrics.Served.Add(served.Users.Length);
            var isOfThisEpoch = _sale.Settle(served);
            // Not of this epoch: another silo has rebuilt the stock, perhaps without them; the relay adopts it, or rebuilds it, and lists who stays.
            if (isOfThisEpoch)
                await ListServedAsync(served.Users, served.Micros);
            LogServed(_id.Key, served.Users.Length, served.Waiting, isOfThisEpoch);
        }
        // This relay saves them.
        _sale.NoteLatches(served.Version, served.Latches);
        if (!served.HasMore)
            return;
        if (served.Users.Length > 0)
            _relayAgain = true;
        else // In the quiet time, or too many are queued.
            ScheduleRelay(_quiet);
    }

    /// <summary>Has those in line served once operators let the sale go on, without waiting for a claim.</summary>
    private void ServeAfter(Task changed)
    {
        if (_servingAfter.IsCompleted)
            _servingAfter = ServeOnceChangedAsync(changed);
    }

    private async Task ServeOnceChangedAsync(Task changed)
    {
        await changed;
        if (_sale.Phase < SalePhase.Leaving)
            ScheduleRelay(TimeSpan.Zero);
    }

    /// <summary>Adds the coupon to the lists of customers who were served. The relay does it again.</summary>
    /// <returns>Whether all could be written.</returns>
    private async Task<bool> ListServedAsync(string[] users, long micros)
    {
        var listed = await server.Lists.TryAddAsync([.. users.Select(user => new ListEntry(user, _id, micros))]);
        var areListed = Array.TrueForAll(listed, one => one);
        if (!areListed)
            LogNotListed(_id.Key, listed.Count(one => !one));
        return areListed;
    }

    private WaitReply NoSuchWaitlist(string[] users)
    {
        DeactivateOnIdle();
        return WaitReply.All(users.Length, WaitOutcome.NoSuchCoupon);
    }

    /// <summary>What Redis decided about a batch.</summary>
    private sealed record Waited(long Epoch, long Micros, Func<bool> Settle, Func<WaitReply> Reply);

    [LoggerMessage(EventIds.WaitsUndecided, LogLevel.Warning, "Coupon {Coupon}: {Count} joins or leaves of the waiting list undecided.")]
    private partial void LogWaitsUndecided(Exception fault, string coupon, int count);

    [LoggerMessage(EventIds.WaitersServed, LogLevel.Debug, "Coupon {Coupon}: {Count} customers who waited were served, {Waiting} wait; of this epoch: {IsOfThisEpoch}.")]
    private partial void LogServed(string coupon, int count, long waiting, bool isOfThisEpoch);
}
