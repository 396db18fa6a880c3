using Microsoft.Extensions.Logging;
using SecKill.Grains.Interfaces;
using SecKill.Grains.Interfaces.Coupons;
using SecKill.Grains.Stock;

namespace SecKill.Grains.Coupons;

/// <inheritdoc cref="IClaimCarrier"/>
/// <remarks>
/// Where a coupon's grain allows it (<see cref="OpenSale"/>) its claims go straight to Redis, with those of all such coupons in one
/// script call: a call of the grain costs more than the claim itself where each coupon has one or two of them. The grain
/// is told of what it must know: that there is something to drain, that the pieces run out, that there is trouble.
/// </remarks>
[OnNamedSilo]
public sealed partial class ClaimCarrier(StockServer server, OpenSales sales, ILogger<ClaimCarrier> logger) : Grain, IClaimCarrier
{
    /// <inheritdoc/>
    public async Task<ClaimReply[]> Claim(CouponClaims[] claims)
    {
        ArgumentNullException.ThrowIfNull(claims);
        var replies = new ClaimReply?[claims.Length];
        var asked = new Task<ClaimReply>?[claims.Length];
        var open = new List<(int Index, OpenSale Sale)>(claims.Length);
        for (var i = 0; i < claims.Length; i++)
        {
            if (server.ScriptsWriteLists && sales.TryGetOpen(claims[i].Coupon, out var sale))
                open.Add((i, sale));
            else
                asked[i] = Grain(claims[i]).Claim(claims[i].Batch);
        }
        if (open.Count > 0)
        {
            var decisions = await DecideAsync(claims, open);
            for (var k = 0; k < open.Count; k++)
            {
                var (i, sale) = open[k];
                replies[i] = Settle(claims[i], sale, decisions[k]);
                if (replies[i] is null)
                    asked[i] = Grain(claims[i]).Claim(claims[i].Batch);
            }
        }
        for (var i = 0; i < claims.Length; i++)
            replies[i] ??= await ReplyAsync(claims[i], asked[i]!);
        return replies!;
    }

    private ICouponGrain Grain(in CouponClaims claims) => GrainFactory.GetGrain<ICouponGrain>(claims.Coupon);

    /// <returns>One decision an open coupon; null where it is not known.</returns>
    private async Task<ClaimDecision?[]> DecideAsync(CouponClaims[] claims, List<(int Index, OpenSale Sale)> open)
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

    /// <returns>The reply, or null where nothing was decided and the grain must be asked.</returns>
    private ClaimReply? Settle(in CouponClaims claims, OpenSale sale, ClaimDecision? decided)
    {
        if (decided is not { } decision)
        {
            // It may run all the same, once Redis can; then somebody has won whom nobody will hear of but the drain.
            sale.IsOpen = false;
            Grain(claims).DrainSoon().Ignore();
            return Undecided(claims);
        }
        if (decision.State != StockState.Trusted || decision.Left == 0)
            sale.IsOpen = false;
        if (decision.State != StockState.Trusted)
            return null;
        if (!sale.IsDrainDue && decision.Outcomes.AsSpan().Contains(ClaimOutcome.Claimed))
            Grain(claims).DrainSoon().Ignore();
        return new ClaimReply(decision.Outcomes, null, this.GetPrimaryKeyString());
    }

    private async Task<ClaimReply> ReplyAsync(CouponClaims claims, Task<ClaimReply> asked)
    {
        try
        {
            return await asked;
        }
        catch (Exception fault) when (fault is not OutOfMemoryException)
        {
            LogUndecided(claims.Coupon, claims.Batch.Users.Length, fault.Message);
            return Undecided(claims);
        }
    }

    private static ClaimReply Undecided(in CouponClaims claims) => new(new ClaimOutcome[claims.Batch.Users.Length], null);

    [LoggerMessage(LogLevel.Warning, "Coupon {Coupon}: {Count} claims undecided. {Reason}")]
    private partial void LogUndecided(string coupon, int count, string reason);

    [LoggerMessage(LogLevel.Warning, "{Count} claims undecided, the first for coupon {Coupon}. {Reason}")]
    private partial void LogAllUndecided(int count, string coupon, string reason);
}
