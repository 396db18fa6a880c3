using SecKill.Grains.Live;
using SecKill.ServiceDefaults.Stops;

namespace SecKill.Grains.Claims;

/// <inheritdoc cref="ICouponGrain"/>
/// <remarks>
/// This file creates and claims, <c>CouponGrain.Outbox.cs</c> relays won claims to SQL, <c>CouponGrain.Recovery.cs</c> verifies and
/// rebuilds the stock, <c>CouponGrain.Window.cs</c> knows the sale's beginning and end, <c>CouponGrain.Changes.cs</c> and
/// <c>CouponGrain.ChangeSteps.cs</c> change its terms, <c>CouponGrain.Returns.cs</c> takes units back, <c>CouponGrain.Waiting.cs</c> keeps the
/// waiting list and serves it, <c>CouponGrain.Receipts.cs</c> tells what a receipt needs. Claims interleave (a serial grain is capped at one script
/// call a round-trip), so between any two awaits other claims, a relay and a rebuild may run: what must hold across them is held by Redis, the
/// ledger and the <see cref="CouponSale"/>.
/// </remarks>
internal sealed partial class CouponGrain(
    StockServer server, ILedger ledger, LedgerWriter writer, CouponSales sales, KnownStops stops, ClaimSlots slots, ClaimCounters counters, IOptions<CouponOptions> options,
    ILocalSiloDetails silo, ISiloStatusOracle members, TimeProvider time, ILoggerFactory loggers) : Grain, ICouponGrain, IRemindable
{
    // The caller has given up by then (ResponseTimeout of ICouponGrain.Claim): claims that Redis was not asked about yet need not be.
    private static readonly TimeSpan _decideTimeout = TimeSpan.FromSeconds(3);

    private readonly CouponOptions _options = options.Value;
    private readonly ILogger<CouponGrain> _logger = loggers.CreateLogger<CouponGrain>();
    private readonly string _silo = silo.SiloAddress.ToParsableString();

    private CouponId _id;
    private CouponStock _stock = null!;
    private CouponSale _sale = null!;
    private OutboxRelay _relay = null!;
    private WakeUp _wakeUp = null!;
    private WakeUp _startWakeUp = null!;

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _id = CouponId.Parse(this.GetPrimaryKeyString());
        _stock = new CouponStock(server, _id);
        _sale = new CouponSale(_stock, slots, _options.SoldOutLease, time);
        _relay = new OutboxRelay(server, ledger, writer.DrainAsync, _id, _sale, loggers.CreateLogger<OutboxRelay>());
        _wakeUp = new WakeUp(this, WakeUp.Drain, _options.ReminderPeriod, time, _logger);
        _startWakeUp = new WakeUp(this, WakeUp.Start, _options.ReminderPeriod, time, _logger);
        sales.Add(_id.Key, _sale);
        return Task.CompletedTask;
    }

    public async Task<CreateCouponOutcome> Create(CouponTerms terms, RequestMark? by)
    {
        if (terms is not { EndsAt: null, ReturnUntil: null, RedeemUntil: null } && FindPast(terms, await NowAsync()) is { } past)
            return await RepeatedAsync(by, past);
        // First the wake-up: should we die between ledger and Redis, it finds the coupon and finishes the work.
        await _wakeUp.ScheduleAsync();
        var scripts = await _stock.CurrentScriptsAsync();
        if (await ledger.CreateAsync(_id, terms, request: by) is not { } coupon)
        {
            // It may be our own earlier attempt, whose reply was lost.
            await EnsureOfLedger();
            return await RepeatedAsync(by, CreateCouponOutcome.Duplicate);
        }
        // Listed before it is open: verified stock is always in its seller's list, since stock that is not open is reconciled, which
        // lists it too.
        await server.Lists.AddAsync([ListEntry.OfSeller(coupon)]);
        // Redis, or this activation, may know an earlier coupon of that name, which the ledger has lost: its owners keep their units as far
        // as there are, and its epoch must be passed, or decisions about the new stock would count as outdated.
        if (coupon.Epoch <= _sale.Epoch || !await _stock.OpenNewAsync(scripts, coupon))
            await EnsureOfLedger();
        else
            _sale.NoteVerified(terms.Amount, outboxLength: 0);
        if (terms.StartsAt is not null)
            await ScheduleStartAsync(await _stock.ReadAsync());
        counters.Touch(_id.Key);
        return CreateCouponOutcome.Created;
    }

    private static CreateCouponOutcome? FindPast(CouponTerms terms, long now) =>
        terms.EndsAt <= now ? CreateCouponOutcome.EndIsPast
            : terms.ReturnUntil <= now ? CreateCouponOutcome.ReturnUntilIsPast
            : terms.RedeemUntil <= now ? CreateCouponOutcome.RedeemUntilIsPast
            : null;

    /// <summary>What a creation is answered that may be a repeat; the refusal, if it is none.</summary>
    private async Task<CreateCouponOutcome> RepeatedAsync(RequestMark? by, CreateCouponOutcome refusal) =>
        by?.Key is null || await ledger.FindRequestAsync(by.Caller, by.Key) is not { } earlier ? refusal
            : earlier.IsRepeatedBy(by) ? CreateCouponOutcome.Created
            : CreateCouponOutcome.OtherContent;

    public async Task<ClaimReply> Claim(ClaimBatch batch)
    {
        if (_sale.Leases.TryRefuse(batch) is { } lease)
            return new ClaimReply(All(batch.Users, lease.Reason), lease, _silo);
        var (outcomes, places) = await DecideAsync(batch.Users, batch.NoWins);
        return new ClaimReply(outcomes, _sale.Leases.For(batch.Known), _silo, places);
    }

    public async Task<SaleSnapshot?> Watch()
    {
        if (await _stock.SnapshotAsync(default) is not { } snapshot)
        {
            if (!await VerifiedSoonAsync())
            {
                DeactivateOnIdle();
                return null;
            }
            snapshot = await _stock.SnapshotAsync(default) ?? throw new UnavailableException("The stock cannot be believed at the moment.");
        }
        // Not before the coupon is known to exist: made-up names must not displace sales on the board.
        return snapshot with
        {
            Claims = counters.Touch(_id.Key),
            State = stops.Seen(_id, snapshot.State),
            Silo = _silo,
            Silos = members.GetApproximateSiloStatuses(onlyActive: true).Count,
        };
    }

    /// <returns>One outcome per user, and the places of those who wait. What could not be decided is undecided; this never throws for want of a server.</returns>
    private async Task<(ClaimOutcome[] Outcomes, long[]? Places)> DecideAsync(string[] users, bool noWins)
    {
        var began = time.GetTimestamp();
        try
        {
            if (_sale.Phase == SalePhase.Unverified && !await VerifiedSoonAsync())
                return (NoSuchCoupon(users), null);
            // Before the first win, so that a coupon with anything to relay has its wake-up; or soon after, if the reminder
            // service is slow.
            await _wakeUp.ScheduleAsync();
            var (decision, asked) = await AskAsync(users, noWins, began);
            if (decision.State != StockState.Verified)
            {
                if (!await VerifiedSoonAsync())
                    return (NoSuchCoupon(users), null);
                (decision, asked) = await AskAsync(users, noWins, began);
            }
            return decision.State == StockState.Verified
                ? (await SettleAsync(users, decision, asked), decision.Places)
                : throw new UnavailableException($"The stock is {decision.State}.");
        }
        catch (Exception fault) when (fault is UnavailableException or TimeoutException)
        {
            LogUndecided(fault, _id.Key, users.Length);
            return (new ClaimOutcome[users.Length], null);
        }
    }

    /// <returns>What Redis decided, and when it was asked.</returns>
    private async Task<(ClaimDecision Decision, long Asked)> AskAsync(string[] users, bool noWins, long began)
    {
        if (time.GetElapsedTime(began) > _decideTimeout)
            throw new TimeoutException($"Redis was not asked within {_decideTimeout.TotalSeconds:0} s.");
        var asked = time.GetTimestamp();
        try
        {
            // As late as can be: the caller may have waited for the stock.
            return (noWins || stops.Covers(_id) ? await _stock.TellAsync(users) : await _stock.ClaimAsync(users), asked);
        }
        catch (UnavailableException)
        {
            // The script may still run after our timeout; schedule a relay so that such a claim reaches SQL.
            ScheduleRelay(_options.DrainInterval);
            throw;
        }
    }

    /// <summary>Does what follows from a decision: relay, rebuild where it was overtaken by one, lists, wake-up.</summary>
    private async Task<ClaimOutcome[]> SettleAsync(string[] users, ClaimDecision decision, long asked)
    {
        var settled = _sale.Settle(users, decision, asked);
        if (settled.HasWinners || settled.HasNewLatch)
            ScheduleRelay(_options.DrainInterval);
        if (!settled.IsOfThisEpoch)
        {
            // Another silo has rebuilt the stock, perhaps without what only we remember.
            if (!await _sale.TryAdoptAsync(decision.Epoch))
                await ReconcileAsync(ReconcileReason.Incomplete).WaitAsync(_reconcileTimeout, time);
            if (!_sale.Settle(users, decision, asked).IsOfThisEpoch)
                return decision.WithoutOwners;
        }
        if (decision.Served is { Length: > 0 } served)
        {
            SiloMetrics.Served.Add(served.Length);
            await ListServedAsync(served, decision.Micros);
        }
        var outcomes = decision.IsListed ? decision.Outcomes : await ListAsync(users, decision);
        // The reminder may have rung and been cancelled while the script ran.
        if (settled.HasWinners)
            await _wakeUp.ScheduleAsync();
        if (decision.Refusal is null && _wakeUp.IsScheduled)
            _sale.StartBatching();
        return outcomes;
    }

    /// <summary>Adds the coupon to its owners' lists, before their claims are confirmed: a list that is read after a 201 shows the coupon.</summary>
    /// <returns>
    /// The outcomes; undecided for those whose list could not be written. They own their units, and the relay writes their lists.
    /// </returns>
    private async Task<ClaimOutcome[]> ListAsync(string[] users, ClaimDecision decision)
    {
        // Those who had claimed before, too: the reply to that may have been lost, and its list not written.
        var owners = Enumerable.Range(0, users.Length).Where(i => decision.Outcomes[i] is ClaimOutcome.Claimed or ClaimOutcome.AlreadyClaimed).ToArray();
        var listed = await server.Lists.TryAddAsync([.. owners.Select(i => new ListEntry(users[i], _id, decision.Micros))]);
        if (Array.TrueForAll(listed, one => one))
            return decision.Outcomes;
        LogNotListed(_id.Key, listed.Count(one => !one));
        var outcomes = decision.Outcomes.ToArray();
        for (var k = 0; k < owners.Length; k++)
        {
            if (!listed[k])
                outcomes[owners[k]] = ClaimOutcome.Undecided;
        }
        return outcomes;
    }

    private ClaimOutcome[] NoSuchCoupon(string[] users)
    {
        // Names of no coupon must not fill the memory with activations.
        DeactivateOnIdle();
        return All(users, ClaimOutcome.NoSuchCoupon);
    }

    private static ClaimOutcome[] All(string[] users, ClaimOutcome outcome)
    {
        var outcomes = new ClaimOutcome[users.Length];
        Array.Fill(outcomes, outcome);
        return outcomes;
    }

    [LoggerMessage(EventIds.ClaimsUndecided, LogLevel.Warning, "Coupon {Coupon}: {Count} claims undecided.")]
    private partial void LogUndecided(Exception fault, string coupon, int count);

    [LoggerMessage(EventIds.OwnersNotListed, LogLevel.Warning, "Coupon {Coupon}: {Count} claims undecided. Their lists could not be written.")]
    private partial void LogNotListed(string coupon, int count);
}
