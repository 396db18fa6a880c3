using System.Runtime.InteropServices;
using SecKill.Gateway.Telemetry;
using SecKill.Grains.Interfaces.Batching;
using SecKill.Grains.Interfaces.Coupons;

namespace SecKill.Gateway.Claims;

/// <summary>
/// A way on which claims travel together: to one coupon's grain, or to a silo with the claims for all its coupons. One call under
/// way a route; meanwhile the next one's claims gather.
/// </summary>
internal sealed partial class ClaimRoute
{
    private readonly Func<CouponClaims[], Task<ClaimReply[]>> _send;
    private readonly TimeSpan _patience;
    private readonly TimeProvider _clock;
    private readonly ILogger _logger;
    private readonly NaturalBatcher<(ClaimLane Lane, string User, long Since), ClaimOutcome> _batcher;

    /// <summary>Makes an empty route.</summary>
    /// <param name="send">Makes the call: one reply a coupon, in order. Bounded in time, never throws.</param>
    /// <param name="maxWaiting">How many claims may wait, besides those under way.</param>
    /// <param name="patience">How long.</param>
    /// <param name="clock">For the waiting.</param>
    /// <param name="logger">For what was not sent.</param>
    public ClaimRoute(Func<CouponClaims[], Task<ClaimReply[]>> send, int maxWaiting, TimeSpan patience, TimeProvider clock, ILogger logger)
    {
        _send = send;
        _patience = patience;
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
        while (late < claims.Count && _clock.GetElapsedTime(claims[late].Since, asked) > _patience)
            late++;
        if (late > 0)
        {
            GatewayMetrics.Rejected.Add(GatewayLimit.ClaimPatience, late);
            LogLate(claims[0].Lane.Coupon, late, _patience);
        }
        if (late == claims.Count)
            return outcomes;
        GatewayMetrics.Sent(claims.Count - late);
        var (lanes, laneOf) = ByLane(claims, late);
        var replies = await _send([.. lanes.Select(group => group.Lane.Claims([.. group.Users]))]);
        for (var i = 0; i < replies.Length; i++)
            lanes[i].Lane.Learn(replies[i], asked);
        var next = new int[lanes.Count];
        for (var i = late; i < claims.Count; i++)
            outcomes[i] = replies[laneOf[i]].Outcomes[next[laneOf[i]]++];
        return outcomes;
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
}
