using SecKill.Grains.Interfaces.Batching;
using SecKill.Grains.Interfaces.Coupons;

namespace SecKill.Gateway.Claims;

/// <summary>The claims for one coupon at one gateway.</summary>
internal sealed partial class ClaimLane
{
    private readonly string _coupon;
    private readonly Func<string, ClaimBatch, string?, Task<ClaimReply>> _send;
    private readonly TimeSpan _patience;
    private readonly TimeProvider _clock;
    private readonly ILogger _logger;
    private readonly NaturalBatcher<(string User, long Since), ClaimOutcome> _batcher;
    private volatile Lease? _lease;
    private string? _silo;

    /// <summary>Makes an empty lane.</summary>
    /// <param name="coupon">Which coupon.</param>
    /// <param name="send">Calls the coupon's grain, on a silo if it is known to be there; bounded in time, never throws.</param>
    /// <param name="options">How many may wait, and how long.</param>
    /// <param name="clock">For the lease and the waiting.</param>
    /// <param name="logger">For what was not sent.</param>
    public ClaimLane(CouponId coupon, Func<string, ClaimBatch, string?, Task<ClaimReply>> send, ClaimOptions options, TimeProvider clock, ILogger logger)
    {
        _coupon = coupon.Key;
        _send = send;
        _patience = options.Patience;
        _clock = clock;
        _logger = logger;
        _batcher = new NaturalBatcher<(string, long), ClaimOutcome>(SendAsync, ClaimBatch.MaxUsers, options.MaxWaiting / 2);
    }

    /// <summary>Whether the lease allows to refuse this user without asking.</summary>
    public bool SurelySoldOutFor(string user) => _lease is { } lease && Holds(lease) && !lease.Owners.MayContain(user);

    /// <inheritdoc cref="NaturalBatcher{TItem, TResult}.TryAdd"/>
    public bool TryAdd(string user, out Task<ClaimOutcome> outcome) => _batcher.TryAdd((user, _clock.GetTimestamp()), out outcome);

    /// <summary>Closes the lane for good if nobody waits and no lease holds.</summary>
    public bool TryRetire() => !(_lease is { } lease && Holds(lease)) && _batcher.TryRetire();

    private async Task<IReadOnlyList<ClaimOutcome>> SendAsync(IReadOnlyList<(string User, long Since)> claims)
    {
        var asked = _clock.GetTimestamp();
        // They stand in order of arrival, so those who have waited too long stand in front.
        var late = 0;
        while (late < claims.Count && _clock.GetElapsedTime(claims[late].Since, asked) > _patience)
            late++;
        if (late > 0)
            LogLate(_coupon, late, _patience);
        var outcomes = new ClaimOutcome[claims.Count];
        if (late == claims.Count)
            return outcomes;
        var users = new string[claims.Count - late];
        for (var i = 0; i < users.Length; i++)
            users[i] = claims[late + i].User;
        var reply = await _send(_coupon, new ClaimBatch(users, _lease?.Owners.Id), _silo);
        // Whoever is in trouble, or does not exist, is asked by itself next time, so as not to hold up the others.
        _silo = reply.Outcomes.AsSpan().ContainsAny(ClaimOutcome.Undecided, ClaimOutcome.NoSuchCoupon) ? null : reply.Silo ?? _silo;
        // Counted from before the question: the answer may have been long on its way.
        _lease = reply.SoldOut is { } granted && (granted.Filter ?? Known(granted.FilterId)) is { } owners
            ? new Lease(owners, asked, granted.Duration)
            : null;
        if (late == 0)
            return reply.Outcomes;
        reply.Outcomes.CopyTo(outcomes, late);
        return outcomes;
    }

    private OwnerFilter? Known(string filterId) => _lease is { } lease && lease.Owners.Id == filterId ? lease.Owners : null;

    private bool Holds(Lease lease) => _clock.GetElapsedTime(lease.Since) < lease.Duration;

    [LoggerMessage(LogLevel.Warning, "Coupon {Coupon}: {Count} claims undecided. They had waited for more than {Patience}.")]
    private partial void LogLate(string coupon, int count, TimeSpan patience);

    private sealed record Lease(OwnerFilter Owners, long Since, TimeSpan Duration);
}
