using SecKill.Grains.Hosting.Placement;
using SecKill.ServiceDefaults.Stops;

namespace SecKill.Grains.Claims;

/// <inheritdoc cref="IClaimBatchGrain"/>
/// <remarks>
/// The claims of all batched coupons go straight to Redis, in one script call: a call of the coupon's grain costs more than the claim itself
/// where each coupon has one or two of them. What follows from a decision is the sale's (<see cref="CouponSale.Settle(string[], in ClaimDecision, long)"/>); the coupon's
/// grain is told of what only it can do: schedule a relay and the wake-up, rebuild the stock.
/// </remarks>
internal sealed partial class ClaimBatchGrain(
    StockServer server, CouponSales sales, KnownStops stops, ILocalSiloDetails silo, TimeProvider time, ILogger<ClaimBatchGrain> logger)
    : SiloGrain(silo), IClaimBatchGrain
{
    private static readonly TimeSpan _wakeUpTimeout = TimeSpan.FromSeconds(1);

    public async Task<ClaimReply[]> Claim(CouponClaims[] claims)
    {
        ThrowIfSiloGone();
        var replies = new ClaimReply?[claims.Length];
        var byGrain = new Task<ClaimReply>?[claims.Length];
        var batched = new List<(int Index, CouponSale Sale)>(claims.Length);
        for (var i = 0; i < claims.Length; i++)
        {
            if (server.ScriptsWriteLists && !claims[i].Batch.NoWins && sales.TryGetBatched(claims[i].Coupon, out var sale) && !stops.Covers(claims[i].Coupon))
                batched.Add((i, sale));
            else
                byGrain[i] = Grain(claims[i]).Claim(claims[i].Batch);
        }
        if (batched.Count > 0)
        {
            var asked = time.GetTimestamp();
            var decisions = await DecideAsync(claims, batched);
            var wakeUps = new List<Task>();
            for (var k = 0; k < batched.Count; k++)
            {
                var (i, sale) = batched[k];
                replies[i] = TryReply(claims[i], sale, decisions[k], asked, wakeUps);
                if (replies[i] is null)
                    byGrain[i] = Grain(claims[i]).Claim(claims[i].Batch);
            }
            // The outcomes are not in doubt, so the replies wait no longer for it than the grain itself would.
            if (wakeUps.Count > 0)
                await Task.WhenAll(wakeUps).WaitAsync(_wakeUpTimeout, time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        }
        for (var i = 0; i < claims.Length; i++)
            replies[i] ??= await ReplyAsync(claims[i], byGrain[i]!);
        return replies!;
    }

    private ICouponGrain Grain(in CouponClaims claims) => GrainFactory.GetGrain<ICouponGrain>(claims.Coupon);

    /// <returns>One decision per batched coupon; null where it is not known.</returns>
    private async Task<ClaimDecision?[]> DecideAsync(CouponClaims[] claims, List<(int Index, CouponSale Sale)> batched)
    {
        try
        {
            var calls = new ScriptCall[batched.Count];
            for (var k = 0; k < calls.Length; k++)
                calls[k] = batched[k].Sale.Stock.ClaimCall(claims[batched[k].Index].Batch.Users, writesLists: true);
            var replies = await server.EvaluateAsync(Script.Claim, calls);
            var decisions = new ClaimDecision?[calls.Length];
            for (var k = 0; k < calls.Length; k++)
            {
                if (server.FailureOf(replies[k]) is { } text)
                    LogScriptFailed(claims[batched[k].Index].Coupon, calls[k].Arguments.Length, text);
                else
                    decisions[k] = ClaimDecision.Parse(replies[k], isListed: true);
            }
            return decisions;
        }
        catch (UnavailableException fault)
        {
            LogAllUndecided(fault, batched.Sum(one => claims[one.Index].Batch.Users.Length), claims[batched[0].Index].Coupon);
            return new ClaimDecision?[batched.Count];
        }
    }

    /// <summary>Does what follows from a decision about one coupon. What a winner must wait for is added to the wake-ups.</summary>
    /// <returns>The reply, or null where nothing was decided and the coupon's grain must be asked.</returns>
    private ClaimReply? TryReply(in CouponClaims claims, CouponSale sale, ClaimDecision? decided, long asked, List<Task> wakeUps)
    {
        if (decided is not { } decision)
        {
            sale.StopBatching();
            // The script may still run after our timeout: such a claim must reach SQL too.
            Grain(claims).RelaySoon().Ignore();
            return ClaimReply.Undecided(claims.Batch);
        }
        if (decision.State != StockState.Verified)
        {
            sale.StopBatching();
            return null;
        }
        var settled = sale.Settle(claims.Batch.Users, decision, asked);
        if (!settled.IsOfThisEpoch)
        {
            // Rebuilt in between: whether they own a unit, the grain finds out when they ask again.
            Grain(claims).RelaySoon().Ignore();
            return new ClaimReply(decision.WithoutOwners, null, Places: decision.Places);
        }
        // The relay lists them again, as does what tells them; but the relay may be late.
        if (settled.Served is { Length: > 0 } served)
        {
            SiloMetrics.Served.Add(served.Length);
            wakeUps.Add(server.Lists.TryAddAsync([.. served.Select(user => new ListEntry(user, sale.Stock.Id, decision.Micros))]));
        }
        if (settled.NeedsRelay)
        {
            var scheduling = Grain(claims).RelaySoon();
            // A winner's reply waits for the wake-up, but not for the relay.
            if (settled.HasWakeUp)
                scheduling.Ignore();
            else
                wakeUps.Add(scheduling);
        }
        return new ClaimReply(decision.Outcomes, decision is { Terms: null, Refusal: null } ? null : sale.Leases.For(claims.Batch.Known), this.GetPrimaryKeyString(), decision.Places);
    }

    private async Task<ClaimReply> ReplyAsync(CouponClaims claims, Task<ClaimReply> byGrain)
    {
        try
        {
            return await byGrain;
        }
        catch (Exception fault) when (fault is not OutOfMemoryException)
        {
            LogUndecided(fault, claims.Coupon, claims.Batch.Users.Length);
            return ClaimReply.Undecided(claims.Batch);
        }
    }

    [LoggerMessage(EventIds.BatchUndecided, LogLevel.Warning, "Coupon {Coupon}: {Count} claims undecided; its grain did not answer.")]
    private partial void LogUndecided(Exception fault, string coupon, int count);

    [LoggerMessage(EventIds.ScriptFailed, LogLevel.Warning, "Coupon {Coupon}: {Count} claims undecided; the script failed: {Text}")]
    private partial void LogScriptFailed(string coupon, int count, string text);

    [LoggerMessage(EventIds.AllUndecided, LogLevel.Warning, "{Count} claims undecided, the first for coupon {Coupon}; Redis did not answer.")]
    private partial void LogAllUndecided(Exception fault, int count, string coupon);
}
