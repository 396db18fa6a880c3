using System.Runtime.InteropServices;
using SecKill.ServiceDefaults.Batching;

namespace SecKill.Gateway.Claims;

/// <summary>
/// Sends claims in batches with one call under way: the next batch forms meanwhile (natural batching). The whole time of a claim is
/// bounded here by <see cref="ClaimOptions.Patience"/>: a claim is sent within 2/5 of it or not at all; the call may
/// take the other 3/5.
/// </summary>
internal abstract partial class ClaimChannel
{
    private readonly NaturalBatcher<PendingClaim, ClaimOutcome> _batcher;
    private volatile bool _isUsed;

    protected ClaimChannel(ClaimChannels channels)
    {
        Channels = channels;
        // ClaimChannels bounds the number of waiting claims.
        _batcher = new(SendAsync, ClaimBatch.MaxUsers, maxWaiting: int.MaxValue, name: "claims call");
    }

    protected ClaimChannels Channels { get; }

    /// <summary>Adds a claim to the next batch.</summary>
    /// <returns>False if the channel is closed.</returns>
    public bool TryAdd(CouponChannel coupon, string customer, out Task<ClaimOutcome> outcome)
    {
        MarkUsed();
        return _batcher.TryAdd(new PendingClaim(coupon, customer, Channels.Clock.GetTimestamp()), out outcome);
    }

    /// <summary>Closes the channel if it is idle and was not used since the last attempt.</summary>
    public virtual bool TryClose()
    {
        var isUsed = _isUsed;
        _isUsed = false;
        return !isUsed && _batcher.TryRetire();
    }

    /// <summary>Keeps the channel open for one more sweep at least.</summary>
    protected void MarkUsed()
    {
        // Read first: writing would take the cache line from the other threads at each claim.
        if (!_isUsed)
            _isUsed = true;
    }

    /// <summary>Makes the call.</summary>
    /// <returns>One reply per coupon, in order. An exception leaves all claims undecided.</returns>
    protected abstract Task<ClaimReply[]> CallAsync(CouponClaims[] claims);

    /// <summary>Asks the grain of one coupon. Never throws; if the grain does not answer, the claims are undecided.</summary>
    protected async Task<ClaimReply> AskGrainAsync(CouponClaims claims)
    {
        try
        {
            return await Channels.Grains.GetGrain<ICouponGrain>(claims.Coupon).Claim(claims.Batch);
        }
        catch (Exception fault) when (fault is not OutOfMemoryException)
        {
            LogUndecided(Channels.Logger, claims.Batch.Users.Length, claims.Coupon, fault);
            return ClaimReply.Undecided(claims.Batch);
        }
    }

    private async Task<IReadOnlyList<ClaimOutcome>> SendAsync(IReadOnlyList<PendingClaim> claims)
    {
        var sent = Channels.Clock.GetTimestamp();
        // All undecided.
        var outcomes = new ClaimOutcome[claims.Count];
        try
        {
            var late = CountLate(claims, sent);
            if (late == claims.Count)
                return outcomes;
            GatewayMetrics.Sent(claims.Count - late);
            var (coupons, couponOf) = ByCoupon(claims, late);
            var replies = await CallWithinLimitAsync([.. coupons.Select(group => group.Coupon.Batch([.. group.Users]))]);
            for (var i = 0; i < replies.Length; i++)
            {
                coupons[i].Coupon.Learn(replies[i], sent);
                coupons[i].Coupon.LearnPlaces(replies[i], coupons[i].Users);
            }
            var next = new int[replies.Length];
            for (var i = late; i < claims.Count; i++)
                outcomes[i] = replies[couponOf[i]].Outcomes[next[couponOf[i]]++];
            return outcomes;
        }
        finally
        {
            for (var i = 0; i < outcomes.Length; i++)
                claims[i].Coupon.Release(outcomes[i]);
            Channels.Release(outcomes.Length);
        }
    }

    /// <summary>Counts the claims that waited too long to be sent. Claims are in order of arrival, so these come first.</summary>
    private int CountLate(IReadOnlyList<PendingClaim> claims, long now)
    {
        var (late, limit) = (0, Channels.Options.WaitingLimit);
        while (late < claims.Count && Channels.Clock.GetElapsedTime(claims[late].Since, now) > limit)
            late++;
        if (late > 0)
        {
            GatewayMetrics.Rejected.Add(GatewayLimit.ClaimPatience, late);
            LogLate(Channels.Logger, late, claims[0].Coupon.Key, limit);
        }
        return late;
    }

    private async Task<ClaimReply[]> CallWithinLimitAsync(CouponClaims[] claims)
    {
        try
        {
            return await CallAsync(claims).WaitAsync(Channels.Options.CallLimit, Channels.Clock);
        }
        catch (Exception fault) when (fault is not OutOfMemoryException)
        {
            // Whatever the fault is, the silo may have decided the claims.
            LogUndecided(Channels.Logger, claims.Sum(coupon => coupon.Batch.Users.Length), claims[0].Coupon, fault);
            return Array.ConvertAll(claims, coupon => ClaimReply.Undecided(coupon.Batch));
        }
    }

    /// <returns>The coupons with their users in order of arrival, and for each claim the index of its coupon.</returns>
    private static (List<(CouponChannel Coupon, List<string> Users)> Coupons, int[] CouponOf) ByCoupon(IReadOnlyList<PendingClaim> claims, int first)
    {
        var (coupons, couponOf, indexes) = (new List<(CouponChannel, List<string> Users)>(), new int[claims.Count], new Dictionary<CouponChannel, int>());
        for (var i = first; i < claims.Count; i++)
        {
            ref var index = ref CollectionsMarshal.GetValueRefOrAddDefault(indexes, claims[i].Coupon, out var exists);
            if (!exists)
            {
                index = coupons.Count;
                coupons.Add((claims[i].Coupon, []));
            }
            couponOf[i] = index;
            coupons[index].Users.Add(claims[i].User);
        }
        return (coupons, couponOf);
    }

    [LoggerMessage(EventIds.ClaimsTooLate, LogLevel.Warning, "{Count} claims undecided, the first for coupon {Coupon}. They had waited for more than {Limit}.")]
    private static partial void LogLate(ILogger logger, int count, string coupon, TimeSpan limit);

    [LoggerMessage(EventIds.CallUndecided, LogLevel.Warning, "{Count} claims undecided, the first for coupon {Coupon}.")]
    private static partial void LogUndecided(ILogger logger, int count, string coupon, Exception fault);

    /// <summary>A claim that waits for its batch.</summary>
    private readonly record struct PendingClaim(CouponChannel Coupon, string User, long Since);
}
