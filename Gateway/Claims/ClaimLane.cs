using System.Diagnostics;
using SecKill.Grains.Interfaces.Batching;
using SecKill.Grains.Interfaces.Coupons;

namespace SecKill.Gateway.Claims;

/// <summary>The claims for one coupon at one gateway.</summary>
internal sealed class ClaimLane
{
    private readonly Func<CouponId, ClaimBatch, Task<ClaimReply>> _send;
    private readonly CouponId _coupon;
    private readonly NaturalBatcher<string, ClaimOutcome> _batcher;
    private volatile Lease? _lease;

    /// <summary>Makes an empty lane.</summary>
    /// <param name="send">Calls the coupon's grain; bounded in time, never throws.</param>
    /// <param name="coupon">Which coupon.</param>
    /// <param name="maxWaiting">How many users may wait.</param>
    public ClaimLane(Func<CouponId, ClaimBatch, Task<ClaimReply>> send, CouponId coupon, int maxWaiting)
    {
        _send = send;
        _coupon = coupon;
        _batcher = new NaturalBatcher<string, ClaimOutcome>(SendAsync, ClaimBatch.MaxUsers, maxWaiting);
    }

    /// <summary>Whether the lease allows to refuse this user without asking.</summary>
    public bool SurelySoldOutFor(string user) => _lease is { } lease && lease.Holds && !lease.Owners.MayContain(user);

    /// <inheritdoc cref="NaturalBatcher{TItem, TResult}.TryAdd"/>
    public bool TryAdd(string user, out Task<ClaimOutcome> outcome) => _batcher.TryAdd(user, out outcome);

    /// <summary>Closes the lane for good if nobody waits and no lease holds.</summary>
    public bool TryRetire() => _lease is not { Holds: true } && _batcher.TryRetire();

    private async Task<IReadOnlyList<ClaimOutcome>> SendAsync(IReadOnlyList<string> users)
    {
        var asked = Stopwatch.GetTimestamp();
        var reply = await _send(_coupon, new ClaimBatch([.. users], _lease?.Owners.Id));
        // Counted from before the question: the answer may have been long on its way.
        _lease = reply.SoldOut is { } granted && (granted.Filter ?? Known(granted.FilterId)) is { } owners
            ? new Lease(owners, asked + (long)(granted.Duration.TotalSeconds * Stopwatch.Frequency))
            : null;
        return reply.Outcomes;
    }

    private OwnerFilter? Known(string filterId) => _lease is { } lease && lease.Owners.Id == filterId ? lease.Owners : null;

    private sealed record Lease(OwnerFilter Owners, long Until)
    {
        public bool Holds => Stopwatch.GetTimestamp() < Until;
    }
}
