using SecKill.Grains.Claims;
using SecKill.Grains.Stock;

namespace SecKill.Tests.Unit.Claims;

/// <summary>A silo refuses without asking Redis only who surely owns nothing, and only as long as Redis would.</summary>
public sealed class RefusalLeasesTests
{
    private static readonly TimeSpan _duration = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(10);
    private static readonly FilterStamp _soldOut = new(Epoch: 1, Positions: 2);

    private readonly TestClock _clock = new();
    private readonly Lock _gate = new();
    private readonly Queue<TaskCompletionSource<OwnerFilter?>> _builds = [];
    private readonly RefusalLeases _leases;

    public RefusalLeasesTests() => _leases = new RefusalLeases(_duration, _clock, BuildAsync, _gate);

    [Fact]
    public async Task A_decision_of_the_filters_stamp_gives_a_lease_from_when_redis_was_asked()
    {
        Decide(left: 0, _soldOut);
        Assert.Null(_leases.For(null));
        await BuiltAsync(_soldOut, "anna", "bert");
        _clock.Advance(_duration);
        Assert.Null(_leases.For(null));

        var asked = _clock.GetTimestamp();
        _clock.Advance(TimeSpan.FromMilliseconds(30));
        Decide(left: 0, _soldOut, asked);

        var lease = _leases.For(null)!;
        Assert.Equal((ClaimOutcome.SoldOut, TimeSpan.FromMilliseconds(70), _soldOut), (lease.Reason, lease.Duration, lease.Stamp));
        Assert.True(lease.Filter!.MayContain("anna"));
        Assert.Null(_leases.For(_soldOut)!.Filter);
        Assert.NotNull(_leases.TryRefuse(new ClaimBatch(["carl"], null)));
        Assert.Null(_leases.TryRefuse(new ClaimBatch(["carl", "anna"], null)));
        _clock.Advance(TimeSpan.FromMilliseconds(70));
        Assert.Null(_leases.For(null));
    }

    [Fact]
    public async Task A_decision_of_another_stamp_gives_none_and_the_names_are_scanned_anew()
    {
        Decide(left: 0, _soldOut);
        await BuiltAsync(_soldOut, "anna", "bert");
        Decide(left: 0, _soldOut with { Positions = 3 });
        Assert.Null(_leases.For(null));

        await BuiltAsync(_soldOut with { Positions = 3 }, "anna", "bert", "carl");

        Assert.Equal(3, _leases.For(null)!.Stamp.Positions);
    }

    [Fact]
    public async Task Units_that_are_left_end_the_lease()
    {
        Decide(left: 0, _soldOut);
        await BuiltAsync(_soldOut, "anna", "bert");
        Decide(left: 1, _soldOut);

        Assert.Null(_leases.For(null));
        Assert.Null(_leases.TryRefuse(new ClaimBatch(["carl"], null)));
    }

    [Fact]
    public async Task A_filter_that_is_ready_after_a_new_epoch_has_begun_is_not_used()
    {
        Decide(left: 0, _soldOut);
        var late = await BegunAsync();
        lock (_gate)
            _leases.StartEpoch();
        Decide(left: 0, _soldOut with { Epoch = 2 });
        late.SetResult(new OwnerFilter(_soldOut, ["anna", "bert"]));
        await BuiltAsync(_soldOut with { Epoch = 2 }, "carl", "dora");

        Assert.Equal(2, _leases.For(null)!.Stamp.Epoch);
    }

    [Fact]
    public async Task Names_that_cannot_be_scanned_are_scanned_at_the_next_refusal()
    {
        Decide(left: 0, _soldOut);
        (await BegunAsync()).SetException(new UnavailableException("Redis is away."));
        await Eventually.EqualAsync("the next scan begins", true, () =>
        {
            Decide(left: 0, _soldOut);
            lock (_builds)
                return Task.FromResult(_builds.Count > 0);
        }, _limit);
        Assert.Null(_leases.For(null));
    }

    private Task<OwnerFilter?> BuildAsync()
    {
        var build = new TaskCompletionSource<OwnerFilter?>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_builds)
            _builds.Enqueue(build);
        return build.Task;
    }

    private async Task<TaskCompletionSource<OwnerFilter?>> BegunAsync()
    {
        TaskCompletionSource<OwnerFilter?>? build = null;
        await Eventually.EqualAsync("the names are scanned", true, () =>
        {
            lock (_builds)
                return Task.FromResult(_builds.TryDequeue(out build));
        }, _limit);
        return build!;
    }

    /// <summary>Ends a scan, and decides under its stamp until that gives a lease.</summary>
    private async Task BuiltAsync(FilterStamp stamp, params string[] names)
    {
        (await BegunAsync()).SetResult(new OwnerFilter(stamp, names));
        await Eventually.EqualAsync("the filter is in use", true, () =>
        {
            Decide(left: 0, stamp);
            return Task.FromResult(_leases.For(null) is not null);
        }, _limit);
    }

    private void Decide(int left, FilterStamp stamp, long? asked = null)
    {
        lock (_gate)
            _leases.NoteDecision(new ClaimDecision(StockState.Verified, [], left, stamp.Positions, 0, stamp.Epoch, true), asked ?? _clock.GetTimestamp());
    }
}
