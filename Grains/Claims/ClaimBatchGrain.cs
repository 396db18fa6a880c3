using Microsoft.Extensions.Logging;
using SecKill.Grains.Interfaces;
using SecKill.Grains.Interfaces.Coupons;
using SecKill.Grains.Outbox;
using SecKill.Grains.Stock;

namespace SecKill.Grains.Claims;

/// <inheritdoc cref="IClaimBatchGrain"/>
/// <remarks>
/// Where a coupon's grain allows it (<see cref="CouponSale"/>) its claims go straight to Redis, with those of all such coupons in one
/// script call: a call of the grain costs more than the claim itself where each coupon has one or two of them. The grain
/// is told of what it must know: that there is something to drain, that the pieces run out, that there is trouble.
/// </remarks>
[OnNamedSilo]
public sealed partial class ClaimBatchGrain(StockServer server, CouponSales sales, ILogger<ClaimBatchGrain> logger) : Grain, IClaimBatchGrain
{
    private static readonly TimeSpan _armPatience = TimeSpan.FromSeconds(1);

    /// <inheritdoc/>
    public async Task<ClaimReply[]> Claim(CouponClaims[] claims)
    {
        ArgumentNullException.ThrowIfNull(claims);
        var replies = new ClaimReply?[claims.Length];
        var byGrain = new Task<ClaimReply>?[claims.Length];
        var open = new List<(int Index, CouponSale Sale)>(claims.Length);
        for (var i = 0; i < claims.Length; i++)
        {
            if (server.ScriptsWriteLists && sales.TryGetOpen(claims[i].Coupon, out var sale))
                open.Add((i, sale));
            else
                byGrain[i] = Grain(claims[i]).Claim(claims[i].Batch);
        }
        if (open.Count > 0)
        {
            var decisions = await DecideAsync(claims, open);
            var unarmed = new List<Task>();
            for (var k = 0; k < open.Count; k++)
            {
                var (i, sale) = open[k];
                replies[i] = Settle(claims[i], sale, decisions[k], unarmed);
                if (replies[i] is null)
                    byGrain[i] = Grain(claims[i]).Claim(claims[i].Batch);
            }
            // Their outcomes are not in doubt, whatever comes of it, so nobody waits for it longer than the grain itself would.
            if (unarmed.Count > 0)
                await Task.WhenAll(unarmed).WaitAsync(_armPatience).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        }
        for (var i = 0; i < claims.Length; i++)
            replies[i] ??= await ReplyAsync(claims[i], byGrain[i]!);
        return replies!;
    }

    private ICouponGrain Grain(in CouponClaims claims) => GrainFactory.GetGrain<ICouponGrain>(claims.Coupon);

    /// <returns>One decision an open coupon; null where it is not known.</returns>
    private async Task<ClaimDecision?[]> DecideAsync(CouponClaims[] claims, List<(int Index, CouponSale Sale)> open)
    {
        try
        {
            var calls = new ScriptCall[open.Count];
            for (var k = 0; k < calls.Length; k++)
                calls[k] = open[k].Sale.Stock.ClaimCall(claims[open[k].Index].Batch.Users, writesLists: true);
            var replies = await server.EvaluateAsync(Script.Claim, calls);
            var decisions = new ClaimDecision?[calls.Length];
            for (var k = 0; k < calls.Length; k++)
            {
                if (server.FailureOf(replies[k]) is { } text)
                    LogUndecided(claims[open[k].Index].Coupon, calls[k].Arguments.Length, text);
                else
                    decisions[k] = ClaimDecision.Parse(replies[k], isListed: true);
            }
            return decisions;
        }
        catch (UnavailableException fault)
        {
            LogAllUndecided(open.Sum(one => claims[one.Index].Batch.Users.Length), claims[open[0].Index].Coupon, fault.Message);
            return new ClaimDecision?[open.Count];
        }
    }

    /// <param name="claims">Of one coupon.</param>
    /// <param name="sale">The coupon's.</param>
    /// <param name="decided">What Redis decided, or null.</param>
    /// <param name="unarmed">Gets what must be waited for before anybody is told that he won.</param>
    /// <returns>The reply, or null where nothing was decided and the grain must be asked.</returns>
    private ClaimReply? Settle(in CouponClaims claims, CouponSale sale, ClaimDecision? decided, List<Task> unarmed)
    {
        // The wake-up may have rung and gone while the script ran.
        var isArmed = sale.IsOpen;
        if (decided is not { State: StockState.Verified, Left: > 0 })
            sale.IsOpen = false;
        if (decided is not { } decision)
        {
            // It may run all the same, once Redis can; then somebody has won whom nobody will hear of but the drain.
            Grain(claims).RelaySoon().Ignore();
            return ClaimReply.Undecided(claims.Batch);
        }
        if (decision.State != StockState.Verified)
            return null;
        sale.Left.Decided(decision.Epoch, decision.Left);
        var hasWinners = decision.Outcomes.AsSpan().Contains(ClaimOutcome.Claimed);
        if (hasWinners)
        {
            sale.Backlog.Won(decision);
            sale.Traces.Won();
        }
        if (!sale.Wins.TryAdd(claims.Batch.Users, decision))
        {
            // Rebuilt in between: whether they are in there, the grain finds out when they ask again.
            sale.IsOpen = false;
            Grain(claims).RelaySoon().Ignore();
            return new ClaimReply(decision.WithoutOwners, null);
        }
        if (hasWinners && !(isArmed && sale.IsDrainDue))
        {
            var telling = Grain(claims).RelaySoon();
            if (isArmed)
                telling.Ignore();
            else
                unarmed.Add(telling);
        }
        return new ClaimReply(decision.Outcomes, null, this.GetPrimaryKeyString());
    }

    private async Task<ClaimReply> ReplyAsync(CouponClaims claims, Task<ClaimReply> byGrain)
    {
        try
        {
            return await byGrain;
        }
        catch (Exception fault) when (fault is not OutOfMemoryException)
        {
            LogUndecided(claims.Coupon, claims.Batch.Users.Length, fault.Message);
            return ClaimReply.Undecided(claims.Batch);
        }
    }

    [LoggerMessage(LogLevel.Warning, "Coupon {Coupon}: {Count} claims undecided. {Reason}")]
    private partial void LogUndecided(string coupon, int count, string reason);

    [LoggerMessage(LogLevel.Warning, "{Count} claims undecided, the first for coupon {Coupon}. {Reason}")]
    private partial void LogAllUndecided(int count, string coupon, string reason);
}
