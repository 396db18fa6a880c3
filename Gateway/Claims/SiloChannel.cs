namespace SecKill.Gateway.Claims;

/// <summary>Carries the claims for all coupons of one silo, in one call at a time.</summary>
/// <param name="silo">The silo's address, as <see cref="ClaimReply.Silo"/> tells it.</param>
internal sealed class SiloChannel(string silo, ClaimChannels channels) : ClaimChannel(channels)
{
    private readonly IClaimBatchGrain _batch = channels.Grains.GetGrain<IClaimBatchGrain>(silo);

    protected override async Task<ClaimReply[]> CallAsync(CouponClaims[] claims)
    {
        try
        {
            return await _batch.Claim(claims);
        }
        catch (SiloGoneException)
        {
            // Not sent, so nothing is in doubt: the grains decide, on whichever silo they are now.
            return await Task.WhenAll(claims.Select(AskGrainAsync));
        }
    }
}
