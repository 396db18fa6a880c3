using Microsoft.Extensions.Logging.Abstractions;
using SecKill.Gateway.Claims;
using SecKill.Grains.Interfaces;
using SecKill.Grains.Interfaces.Coupons;
using Xunit;

namespace SecKill.Tests.Guarantees;

/// <summary>Bounded: how long and how many claims wait at a gateway for a coupon that answers slowly.</summary>
public sealed class ClaimLaneTests
{
    private static readonly ClaimOptions _options = new() { MaxWaiting = 8, Patience = TimeSpan.FromSeconds(5) };
    private readonly ManualClock _clock = new();
    private readonly List<string[]> _sent = [];
    private readonly Queue<TaskCompletionSource> _gates = new();
    private readonly ClaimLane _lane;

    public ClaimLaneTests() => _lane = new ClaimLane(
        new CouponId("seller", "coupon"), new ClaimRoute(SendAsync, _options, _clock, NullLogger.Instance),
        _ => throw new InvalidOperationException("No reply told of a silo."), _clock);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Whoever_has_waited_too_long_is_undecided_and_never_sent_and_the_others_are_decided()
    {
        var first = await SlowlyAsync("first");
        var late = Add("late");
        _clock.Advance(TimeSpan.FromSeconds(4));
        var early = Add("early");
        _clock.Advance(TimeSpan.FromSeconds(2));

        _gates.Dequeue().SetResult();

        Assert.Equal(ClaimOutcome.Claimed, await SoonAsync(first));
        Assert.Equal(ClaimOutcome.Undecided, await SoonAsync(late));
        Assert.Equal(ClaimOutcome.Claimed, await SoonAsync(early));
        Assert.Equal([["first"], ["early"]], _sent);
    }

    [Fact]
    public async Task If_all_have_waited_too_long_nothing_is_sent()
    {
        var first = await SlowlyAsync("first");
        var late = Add("late");
        _clock.Advance(TimeSpan.FromSeconds(6));

        _gates.Dequeue().SetResult();

        await SoonAsync(first);
        Assert.Equal(ClaimOutcome.Undecided, await SoonAsync(late));
        Assert.Equal(ClaimOutcome.Claimed, await SoonAsync(Add("next")));
        Assert.Equal([["first"], ["next"]], _sent);
    }

    [Fact]
    public async Task For_one_coupon_half_of_the_places_may_wait_and_more_are_refused_at_once()
    {
        var first = await SlowlyAsync("first");
        var waiting = Enumerable.Range(0, 4).Select(i => Add($"{i}")).ToArray();

        Assert.Throws<UnavailableException>(() => { _ = Add("too many"); });

        _gates.Dequeue().SetResult();
        Assert.All(await SoonAsync(Task.WhenAll([first, .. waiting])), outcome => Assert.Equal(ClaimOutcome.Claimed, outcome));
    }

    private Task<ClaimOutcome> Add(string user)
    {
        Assert.True(_lane.TryAdd(user, out var outcome));
        return outcome;
    }

    /// <summary>A claim whose call has begun and waits for the next gate.</summary>
    private async Task<Task<ClaimOutcome>> SlowlyAsync(string user)
    {
        _gates.Enqueue(new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        var outcome = Add(user);
        await Eventually.EqualAsync("the call begins", 1, () => Task.FromResult(_sent.Count), TimeSpan.FromSeconds(60));
        return outcome;
    }

    private async Task<ClaimReply[]> SendAsync(CouponClaims[] claims)
    {
        var batch = Assert.Single(claims).Batch;
        _gates.TryPeek(out var gate);
        _sent.Add(batch.Users);
        if (gate is not null)
            await gate.Task;
        var outcomes = new ClaimOutcome[batch.Users.Length];
        Array.Fill(outcomes, ClaimOutcome.Claimed);
        return [new ClaimReply(outcomes, null)];
    }

    private static Task<T> SoonAsync<T>(Task<T> task) => task.WaitAsync(TimeSpan.FromSeconds(60), Cancellation);

    private sealed class ManualClock : TimeProvider
    {
        private long _ticks;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Volatile.Read(ref _ticks);

        public void Advance(TimeSpan by) => Interlocked.Add(ref _ticks, by.Ticks);
    }
}
