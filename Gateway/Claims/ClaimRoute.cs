using System.Runtime.InteropServices;
using SecKill.Gateway.Telemetry;
using SecKill.Grains.Interfaces.Coupons;
using SecKill.ServiceDefaults.Batching;

namespace SecKill.Gateway.Claims;

/// <summary>
/// A way on which claims travel together: to one coupon's grain, or to a silo with the claims for all its coupons. One call under
/// way a route; meanwhile the next one's claims gather. Here a claim's whole time is bounded, by <see cref="ClaimOptions.Patience"/>: one is sent
/// before the first part of it is over or not at all, and a call is given up after the second.
/// </summary>
internal sealed partial class ClaimRoute
{
    private readonly Func<CouponClaims[], Task<ClaimReply[]>> _send;
    private readonly ClaimOptions _options;
    private readonly TimeProvider _clock;
    private readonly ILogger _logger;
    private readonly NaturalBatcher<(ClaimLane Lane, string User, long Since), ClaimOutcome> _batcher;

    /// <summary>Makes an empty route.</summary>
    /// <param name="send">Makes the call: one reply a coupon, in order. Never throws.</param>
    /// <param name="maxWaiting">How many claims may wait, besides those under way.</param>
    /// <param name="options">For how long.</param>
    /// <param name="clock">For the waiting.</param>
    /// <param name="logger">For what was not sent, or not answered in time.</param>
    public ClaimRoute(Func<CouponClaims[], Task<ClaimReply[]>> send, int maxWaiting, ClaimOptions options, TimeProvider clock, ILogger logger)
    {
        _send = send;
        _options = options;
        _clock = clock;
        _logger = logger;
        _batcher = new(SendAsync, ClaimBatch.MaxUsers, maxWaiting, name: "claims call");
    }

    /// <inheritdoc cref="NaturalBatcher{TItem, TResult}.TryAdd"/>
    public bool TryAdd(ClaimLane lane, string user, out Task<ClaimOutcome> outcome) =>
        _batcher.TryAdd((lane, user, _clock.GetTimestamp()), out outcome);

    /// <summary>Closes the route for good if nobody is on it.</summary>
    public bool TryRetire() => _batcher.TryRetire();

    private async Task<IReadOnlyList<ClaimOutcome>> SendAsync(IReadOnlyList<(ClaimLane Lane, string User, long Since)> claims)
    {
        var asked = _clock.GetTimestamp();
        var outcomes = new ClaimOutcome[claims.Count];
        // They stand in order of arrival, so those who have waited too long stand in front.
        var late = 0;
        while (late < claims.Count && _clock.GetElapsedTime(claims[late].Since, asked) > _options.WaitingLimit)
            late++;
        if (late > 0)
        {
            GatewayMetrics.Rejected.Add(GatewayLimit.ClaimPatience, late);
            LogLate(claims[0].Lane.Coupon, late, _options.WaitingLimit);
        }
        if (late == claims.Count)
            return outcomes;
        GatewayMetrics.Sent(claims.Count - late);
        var (lanes, laneOf) = ByLane(claims, late);
        var replies = await SendWithinLimitAsync([.. lanes.Select(group => group.Lane.Claims([.. group.Users]))]);
        for (var i = 0; i < replies.Length; i++)
            lanes[i].Lane.Learn(replies[i], asked);
        var next = new int[lanes.Count];
        for (var i = late; i < claims.Count; i++)
            outcomes[i] = replies[laneOf[i]].Outcomes[next[laneOf[i]]++];
        return outcomes;
    }

    /// <summary>The call, or its end. Nothing that is waited for on the way, here or in the silo, makes a customer wait longer.</summary>
    private async Task<ClaimReply[]> SendWithinLimitAsync(CouponClaims[] claims)
    {
        try
        {
            return await _send(claims).WaitAsync(_options.CallLimit, _clock);
        }
        catch (TimeoutException)
        {
            LogUnanswered(claims.Sum(coupon => coupon.Batch.Users.Length), claims[0].Coupon, _options.CallLimit);
            return Array.ConvertAll(claims, coupon => ClaimReply.Undecided(coupon.Batch));
        }
    }

    /// <returns>The lanes with their users in order of arrival, and for each claim which of the lanes is its own.</returns>
    private static (List<(ClaimLane Lane, List<string> Users)> Lanes, int[] LaneOf) ByLane(
        IReadOnlyList<(ClaimLane Lane, string User, long Since)> claims, int first)
    {
        var (lanes, laneOf, known) = (new List<(ClaimLane, List<string> Users)>(), new int[claims.Count], new Dictionary<ClaimLane, int>());
        for (var i = first; i < claims.Count; i++)
        {
            ref var lane = ref CollectionsMarshal.GetValueRefOrAddDefault(known, claims[i].Lane, out var exists);
            if (!exists)
            {
                lane = lanes.Count;
                lanes.Add((claims[i].Lane, []));
            }
            laneOf[i] = lane;
            lanes[lane].Users.Add(claims[i].User);
        }
        return (lanes, laneOf);
    }

    [LoggerMessage(LogLevel.Warning, "{Count} claims undecided, the first for coupon {Coupon}. They had waited for more than {Patience}.")]
    private partial void LogLate(string coupon, int count, TimeSpan patience);

    [LoggerMessage(LogLevel.Warning, "{Count} claims undecided, the first for coupon {Coupon}. No silo has answered for {Limit}.")]
    private partial void LogUnanswered(int count, string coupon, TimeSpan limit);
}
