using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using SecKill.Grains.Interfaces;
using SecKill.Grains.Interfaces.Coupons;
using SecKill.Grains.Ledger;
using SecKill.Grains.Lists;
using SecKill.Grains.Live;
using SecKill.Grains.Outbox;
using SecKill.Grains.Recovery;
using SecKill.Grains.Stock;
using SecKill.Grains.Telemetry;

namespace SecKill.Grains.Claims;

/// <inheritdoc cref="ICouponGrain"/>
/// <remarks>
/// This file claims; <c>CouponGrain.Drain.cs</c> drains, <c>CouponGrain.Trust.cs</c> verifies and rebuilds the stock, <c>CouponGrain.Watch.cs</c> shows the sale. Claims interleave (a serial grain is capped at one script call a
/// round-trip), so between any two awaits other claims, the drain and a reconcile may run; all that must hold
/// across them is held by Redis and the ledger, not by fields of this class.
/// </remarks>
public sealed partial class CouponGrain : Grain, ICouponGrain, IRemindable
{
    // Whoever sent the claims has given up by then (a gateway's Claims:Patience): what was not asked yet need not be.
    private static readonly TimeSpan _decidePatience = TimeSpan.FromSeconds(3);

    private readonly StockServer _server;
    private readonly ILedger _ledger;
    private readonly LedgerWriter _writer;
    private readonly ListStore _lists;
    private readonly CouponOptions _options;
    private readonly ILogger<CouponGrain> _logger;
    private readonly ILoggerFactory _loggers;
    private readonly string _silo;
    private readonly CouponSales _sales;
    private readonly ClaimSlots _places;
    private readonly ClaimCounters _counters;
    private readonly ISiloStatusOracle _members;
    private readonly SoldOutLeases _soldOut = new();

    private CouponId _id;
    private CouponStock _stock = null!;
    private CouponSale _sale = null!;
    private OutboxRelay _drain = null!;
    private bool _prepared;

    /// <summary>Made by Orleans.</summary>
    public CouponGrain(
        StockServer server, ILedger ledger, LedgerWriter writer, CouponSales sales, ClaimSlots places, ClaimCounters counters, IOptions<CouponOptions> options,
        ILoggerFactory loggers, ILocalSiloDetails silo, ISiloStatusOracle members)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(silo);
        _server = server;
        _ledger = ledger;
        _writer = writer;
        _sales = sales;
        _places = places;
        _counters = counters;
        _members = members;
        _lists = server.Lists;
        _options = options.Value;
        _loggers = loggers;
        _logger = loggers.CreateLogger<CouponGrain>();
        _silo = silo.SiloAddress.ToParsableString();
    }

    /// <inheritdoc/>
    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _id = CouponId.Parse(this.GetPrimaryKeyString());
        _stock = new CouponStock(_server, _id);
        _sale = new CouponSale(_stock, new UnpersistedClaims(_places));
        _drain = new OutboxRelay(_server, _ledger, _writer.DrainAsync, _id, _sale.Wins, _loggers.CreateLogger<OutboxRelay>(), _sale.Backlog, _sale.Traces);
        _sales.Add(_id.Key, _sale);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public async Task<CreateCouponOutcome> Create(CouponTerms terms)
    {
        ArgumentNullException.ThrowIfNull(terms);
        // First the wake-up: should we die between ledger and Redis, it finds the coupon and finishes the work.
        await ArmAsync();
        var scripts = await _stock.CurrentScriptsAsync();
        if (await _ledger.CreateAsync(_id, terms) is not { } coupon)
        {
            // It may be our own earlier attempt, of which nobody heard the end.
            await EnsureOfLedgerAsync();
            return CreateCouponOutcome.Duplicate;
        }
        // Listed before it is open: stock that can be trusted is always in its seller's list, since whoever finds it not
        // open reconciles it, which lists it too.
        await _lists.AddAsync([Reconciler.SellersEntry(coupon)]);
        // What Redis has of that name may be another coupon, which the ledger has lost: its owners keep their pieces as far as there are.
        if (_sale.Wins.Any || !await _stock.OpenNewAsync(scripts, coupon))
            await EnsureOfLedgerAsync();
        else
            _sale.Left.Found(terms.Amount);
        _counters.Touch(_id.Key);
        return CreateCouponOutcome.Created;
    }

    /// <inheritdoc/>
    public async Task<ClaimReply> Claim(ClaimBatch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        return _soldOut.TryAnswer(batch, out var refusal)
            ? refusal with { Silo = _silo }
            : new ClaimReply(await DecideAsync(batch.Users), _soldOut.LeaseFor(batch.KnownOwners), _silo);
    }

    /// <returns>One outcome a user. What could not be decided is undecided; this never throws for want of a server.</returns>
    private async Task<ClaimOutcome[]> DecideAsync(string[] users)
    {
        var began = Stopwatch.GetTimestamp();
        try
        {
            if (!_prepared && !await VerifiedSoonAsync())
                return NoSuchCoupon(users);
            // Before the first win, so that a coupon with anything to drain has its wake-up; or soon after, if the reminder
            // service is slow.
            await ArmAsync();
            var (decision, asked) = await AskAsync(users, began);
            if (decision.State != StockState.Verified)
            {
                if (!await VerifiedSoonAsync())
                    return NoSuchCoupon(users);
                (decision, asked) = await AskAsync(users, began);
            }
            return decision.State == StockState.Verified
                ? await SettleAsync(users, decision, asked)
                : throw new UnavailableException($"The stock is {decision.State}.");
        }
        catch (Exception fault) when (fault is UnavailableException or TimeoutException)
        {
            LogUndecided(_id.Key, users.Length, fault.Message);
            return new ClaimOutcome[users.Length];
        }
    }

    /// <returns>What Redis decided, and when it was asked, by <see cref="Stopwatch.GetTimestamp"/>.</returns>
    private async Task<(ClaimDecision Decision, long Asked)> AskAsync(string[] users, long began)
    {
        if (Stopwatch.GetElapsedTime(began) > _decidePatience)
            throw new TimeoutException($"They were not asked for within {_decidePatience.TotalSeconds:0} s.");
        var asked = Stopwatch.GetTimestamp();
        try
        {
            return (await _stock.ClaimAsync(users), asked);
        }
        catch (UnavailableException)
        {
            // It may run all the same, once Redis can; then somebody has won whom nobody will hear of but the drain.
            ScheduleDrain(_options.DrainInterval);
            throw;
        }
    }

    /// <summary>What follows from a decision: the notice that all is gone, the owners' lists, the drain.</summary>
    private async Task<ClaimOutcome[]> SettleAsync(string[] users, ClaimDecision decision, long asked)
    {
        _sale.Left.Decided(decision.Epoch, decision.Left);
        _soldOut.Update(decision, asked, _options.SoldOutLease, _stock.OwnersAsync);
        var hasWinners = decision.Outcomes.AsSpan().Contains(ClaimOutcome.Claimed);
        if (hasWinners)
        {
            _sale.Backlog.Won(decision);
            _sale.Traces.Won();
            ScheduleDrain(_options.DrainInterval);
        }
        if (!await TryRememberAsync(users, decision))
            return decision.WithoutOwners;
        var outcomes = decision.IsListed ? decision.Outcomes : await ListAsync(users, decision);
        // The reminder may have rung and gone while the script ran.
        if (hasWinners)
            await ArmAsync();
        _sale.IsOpen = decision.Left > 0 && _armed && !_leaving;
        return outcomes;
    }

    /// <summary>Remembers who has won until it is drained; Redis may lose it until then.</summary>
    /// <returns>False where the stock was rebuilt in between, so that it is not known whether they are in it.</returns>
    private async Task<bool> TryRememberAsync(string[] users, ClaimDecision decision)
    {
        if (_sale.Wins.TryAdd(users, decision))
            return true;
        // Somebody else has rebuilt it, perhaps without what only we remember.
        if (!await _sale.Wins.TryAdoptAsync(decision.Epoch, _stock))
            await ReconcileAsync(ReconcileReason.Incomplete).WaitAsync(_reconcilePatience);
        return _sale.Wins.TryAdd(users, decision);
    }

    /// <summary>Adds the coupon to its owners' lists: only then is anybody told, so that a list that is read afterwards shows it.</summary>
    /// <returns>
    /// The outcomes; undecided for those whose list could not be written. They do own their pieces, and the drain puts them on their lists.
    /// </returns>
    private async Task<ClaimOutcome[]> ListAsync(string[] users, ClaimDecision decision)
    {
        // Those who had claimed before, too: the answer to that may have been lost, and its list not written.
        var owners = Enumerable.Range(0, users.Length).Where(i => IsOwner(decision.Outcomes[i])).ToArray();
        var listed = await _lists.TryAddAsync([.. owners.Select(i => new ListEntry(users[i], _id, decision.Micros))]);
        if (Array.TrueForAll(listed, one => one))
            return decision.Outcomes;
        LogUndecided(_id.Key, listed.Count(one => !one), "Their lists could not be written.");
        var outcomes = decision.Outcomes.ToArray();
        for (var k = 0; k < owners.Length; k++)
        {
            if (!listed[k])
                outcomes[owners[k]] = ClaimOutcome.Undecided;
        }
        return outcomes;
    }

    private static bool IsOwner(ClaimOutcome outcome) => outcome is ClaimOutcome.Claimed or ClaimOutcome.AlreadyClaimed;

    private ClaimOutcome[] NoSuchCoupon(string[] users)
    {
        // Names that nobody sells must not fill the memory with activations.
        DeactivateOnIdle();
        var outcomes = new ClaimOutcome[users.Length];
        Array.Fill(outcomes, ClaimOutcome.NoSuchCoupon);
        return outcomes;
    }

    [LoggerMessage(LogLevel.Warning, "Coupon {Coupon}: {Count} claims undecided. {Reason}")]
    private partial void LogUndecided(string coupon, int count, string reason);
}
