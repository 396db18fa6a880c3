using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace SecKill.Grains.Claims;

/// <content>The steps of a change between the ledger and Redis, by its kind, and how it is recorded.</content>
internal sealed partial class CouponGrain
{
    // A script that Redis gets later than this holds nothing.
    private static readonly TimeSpan _holdTimeout = TimeSpan.FromSeconds(3);

    private static readonly JsonSerializerOptions _recorded = new(JsonSerializerDefaults.Web)
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    /// <summary>The ledger, then Redis: for all that takes no units.</summary>
    private async Task<ChangeReply?> ChangeAsync(CouponChange change, ChangePlan plan, RequestMark by, LedgerCoupon row)
    {
        var changed = await ledger.ChangeAsync(new TermsChange(
            row.Key, row.Version, AmountBy: plan.AmountBy, Terms: plan.Terms, Operation: Recorded(change, plan, by, row, plan.AmountBy), Request: by));
        if (!changed.Committed)
            return null;
        if (row.EndedAt is null && changed.Row!.EndedAt is not null)
            SiloMetrics.SaleEdges.Add(SaleEdge.Ended);
        return await DoneAsync(change, by, changed.Row!, plan.Stops);
    }

    /// <summary>Makes a change that holds something in Redis.</summary>
    private async Task<ChangeReply?> HoldingAsync(Func<long, Task<ChangeReply?>> change) =>
        await EnsureVerified() ? await change(await NowAsync() + (long)_holdTimeout.TotalMicroseconds) : null;

    /// <summary>Holds the start in Redis, puts it off in the ledger, then in Redis: a sale that has started is not closed again.</summary>
    private async Task<ChangeReply?> PutOffAsync(CouponChange change, ChangePlan plan, RequestMark by, LedgerCoupon row, long until)
    {
        var token = Guid.NewGuid().ToString("N");
        var held = await _stock.HoldStartAsync(token, row, until);
        if (held.Result == HoldResult.Started)
            return new ChangeReply(ChangeStatus.Started);
        if (held.Result != HoldResult.Done)
            return null;
        var changed = await ledger.ChangeAsync(new TermsChange(
            row.Key, row.Version, held.Epoch, Terms: plan.Terms, Operation: Recorded(change, plan, by, row, 0), Request: by));
        if (changed.Committed)
            return await DoneAsync(change, by, changed.Row!, stops: true);
        await _stock.ReleaseStartAsync(token, row);
        if (_stock.HasWaitlist)
            ScheduleRelay(_quiet);
        return null;
    }

    /// <summary>Sets the units aside in Redis, takes them in the ledger, then ends them in Redis.</summary>
    private async Task<ChangeReply?> LowerAsync(CouponChange change, ChangePlan plan, RequestMark by, LedgerCoupon row, long until)
    {
        var token = Guid.NewGuid().ToString("N");
        var held = await _stock.HoldAsync(token, row, change.Amount is null ? null : -plan.AmountBy, until);
        if (held.Result == HoldResult.BelowOwners)
            return new ChangeReply(ChangeStatus.BelowOwners, Owners: held.Owners, Held: held.Held);
        if (held.Result != HoldResult.Done)
            return null;
        var isNone = held.Count == row.Terms.Amount;
        var changed = held.Count == 0 || isNone ? default : await ledger.ChangeAsync(new TermsChange(
            row.Key, row.Version, held.Epoch, -held.Count, Operation: Recorded(change, plan, by, row, -held.Count), Request: by));
        if (changed.Committed)
            return await DoneAsync(change, by, changed.Row!, stops: false);
        await _stock.ReleaseAsync(token, row, held.Count);
        if (_stock.HasWaitlist)
            ScheduleRelay(_quiet);
        return isNone ? new ChangeReply(ChangeStatus.NoOwners) : null;
    }

    /// <summary>The coupon is as was asked for before this request.</summary>
    private async Task<ChangeReply> DoneAsync(StockReading stock, LedgerCoupon row)
    {
        // It may be a repeat of what broke off before it reached Redis.
        if (stock.State != StockState.Verified && (await ApplyAsync(row, stops: true)).Result == ApplyResult.TooManyOwners)
            throw new UnavailableException("The ledger has terms that Redis has not taken yet.");
        return new ChangeReply(ChangeStatus.Done, await ViewAsync(row));
    }

    /// <summary>Puts what the ledger has by now into Redis.</summary>
    private async Task<ChangeReply> DoneAsync(CouponChange change, RequestMark by, LedgerCoupon row, bool stops)
    {
        // Another activation may have found both stores equal, and removed the wake-up, before the commit.
        _wakeUp.Invalidate();
        var isScheduled = _wakeUp.ScheduleAsync();
        var applied = await ApplyAsync(row, stops);
        await isScheduled;
        if (applied.Result == ApplyResult.Applied)
            _sale.Leases.StartTerms(applied.Left);
        if (applied.Result == ApplyResult.Applied && _stock.HasWaitlist)
            ScheduleRelay(_quiet);
        if (applied.Result == ApplyResult.TooManyOwners || (applied.Result == ApplyResult.NotVerified && !stops))
            throw new UnavailableException("The ledger has terms that Redis has not taken yet.");
        if (change.Action == ChangeAction.Window)
            await ScheduleStartAsync(await _stock.ReadAsync());
        LogChanged(_id.Key, by.Caller, by.Address, change.Action, row.Version);
        return new ChangeReply(ChangeStatus.Done, await ViewAsync(row));
    }

    private async Task<AppliedTerms> ApplyAsync(LedgerCoupon row, bool stops)
    {
        var applied = await _stock.ApplyAsync(row, stops);
        if (applied.Result != ApplyResult.NotVerified)
            return applied;
        // It may be verified under an incarnation that this silo does not know yet; then the floor alone stops nothing.
        await server.RefreshScriptsAsync(_stock.Key, atOnce: true);
        if (!stops)
            await EnsureVerified();
        return await _stock.ApplyAsync(row, stops);
    }

    /// <summary>The coupon as it is; by the ledger's row while the stock is not verified.</summary>
    private async Task<CouponView> ViewAsync(LedgerCoupon row)
    {
        var (view, now) = await ViewNowAsync();
        var (starts, ends) = (row.Terms.StartsAt, row.Terms.EndsAt);
        return Seen(view ?? new CouponView(
            row.Id.Name.Value, row.Terms.FaceValue, row.Terms.Description, row.Terms.Amount, row.Left,
            row.EndedAt is not null || ends <= now ? SaleState.Ended
                : row.OpenedAt is null && starts > now ? SaleState.Scheduled
                : row.PausedAt is not null ? SaleState.Paused
                : row.Left == 0 ? SaleState.SoldOut : SaleState.Open,
            starts, ends, starts > now ? starts - now : null, ends > now ? ends - now : null, row.Version, row.Terms.Returns,
            row.Terms.ReturnUntil, row.Terms.Waitlist, RedeemUntil: row.Terms.RedeemUntil));
    }

    private static Operation Recorded(CouponChange change, ChangePlan plan, RequestMark by, LedgerCoupon row, int amountBy)
    {
        var before = new SaleTerms(row.Terms.StartsAt, row.Terms.EndsAt, row.PausedAt, row.PausedReason);
        return new Operation(
            by.Caller, change.Action.ToString().ToLowerInvariant(), Json(row.Terms.Amount, before), Json(row.Terms.Amount + amountBy, plan.Terms ?? before), by.Key, plan.At);
    }

    private static string Json(int amount, SaleTerms terms) => JsonSerializer.Serialize(
        new
        {
            amount,
            startsAt = terms.StartsAt / 1000,
            endsAt = terms.EndsAt / 1000,
            paused = terms.PausedAt is null ? (bool?)null : true,
            reason = terms.PausedReason,
        },
        _recorded);

    [LoggerMessage(EventIds.TermsChanged, LogLevel.Information, "Coupon {Coupon}: {Caller} at {Address}: {Action}, version {Version}")]
    private partial void LogChanged(string coupon, string caller, string? address, ChangeAction action, long version);
}
