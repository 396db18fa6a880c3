using Microsoft.Extensions.Logging;
using SecKill.Grains.Interfaces.Coupons;

namespace SecKill.Grains.Coupons;

/// <inheritdoc cref="IClaimCarrier"/>
[OnNamedSilo]
public sealed partial class ClaimCarrier(ILogger<ClaimCarrier> logger) : Grain, IClaimCarrier
{
    /// <inheritdoc/>
    public async Task<ClaimReply[]> Claim(CouponClaims[] claims)
    {
        var asked = Array.ConvertAll(claims, one => GrainFactory.GetGrain<ICouponGrain>(one.Coupon).Claim(one.Batch));
        var replies = new ClaimReply[asked.Length];
        for (var i = 0; i < asked.Length; i++)
            replies[i] = await ReplyAsync(claims[i], asked[i]);
        return replies;
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
            return new ClaimReply(new ClaimOutcome[claims.Batch.Users.Length], null);
        }
    }

    [LoggerMessage(LogLevel.Warning, "Coupon {Coupon}: {Count} claims undecided. {Reason}")]
    private partial void LogUndecided(string coupon, int count, string reason);
}
