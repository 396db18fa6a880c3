using Microsoft.Extensions.Logging.Abstractions;
using SecKill.Gateway.Claims;
using SecKill.Grains.Interfaces;
using SecKill.Grains.Interfaces.Coupons;
using Xunit;

namespace SecKill.Tests.Unit.Claims;

/// <summary>Bounded: how long and how many claims wait at a gateway for a coupon that answers slowly.</summary>
public sealed class ClaimLaneTests
{
    private static readonly ClaimOptions _options = new() { MaxWaiting = 8, Patience = TimeSpan.FromSeconds(5) };
    private readonly TestClock _clock = new();
    private readonly List<string[]> _sent = [];
    private readonly Queue<TaskCompletionSource> _gates = new();
    private readonly ClaimLane _lane;

    public ClaimLaneTests() => _lane = new ClaimLane(
        CouponId.Known("seller", "coupon"), new ClaimRoute(SendAsync, _options.MaxWaiting / 2, _options, _clock, NullLogger.Instance),
        (_, _, _) => throw new InvalidOperationException("No reply told of a silo."), _options.MaxWaiting / 2, _clock);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Whoever_has_waited_too_long_is_undecided_and_never_sent_and_the_others_are_decided()
    {
        var first = await SlowlyAsync("first");
        var late = Add("late");
        _clock.Advance(TimeSpan.FromSeconds(1));
        var early = Add("early");
        _clock.Advance(TimeSpan.FromSeconds(1.5));

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
        _clock.Advance(TimeSpan.FromSeconds(2.5));

        _gates.Dequeue().SetResult();

        await SoonAsync(first);
        Assert.Equal(ClaimOutcome.Undecided, await SoonAsync(late));
        Assert.Equal(ClaimOutcome.Claimed, await SoonAsync(Add("next")));
        Assert.Equal([["first"], ["next"]], _sent);
    }

    [Fact]
    public async Task A_call_without_an_answer_is_given_up_and_nobody_waits_longer_than_the_patience_whatever_comes()
    {
        var first = await SlowlyAsync("first");
        _clock.Advance(TimeSpan.FromSeconds(1));
        var second = Add("second");
        _clock.Advance(TimeSpan.FromSeconds(2));

        Assert.Equal(ClaimOutcome.Undecided, await SoonAsync(first));
        // It has waited for two seconds, and its own call is not answered either.
        await Eventually.EqualAsync("the second call is under way", (2, 2), () => Task.FromResult((_sent.Count, _clock.Timers)), TimeSpan.FromSeconds(60));
        Assert.False(second.IsCompleted);
        _clock.Advance(TimeSpan.FromSeconds(3));

        Assert.Equal(ClaimOutcome.Undecided, await SoonAsync(second));
        _gates.Dequeue().SetResult();
        Assert.Equal(ClaimOutcome.Claimed, await SoonAsync(Add("third")));
        Assert.Equal([["first"], ["second"], ["third"]], _sent);
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

    [Fact]
    public void One_coupon_takes_half_of_the_places_and_no_more_on_whatever_route()
    {
        for (var i = 0; i < _options.MaxWaiting / 2; i++)
            Assert.True(_lane.TryEnter());

        Assert.False(_lane.TryEnter());
        _lane.Leave();
        Assert.True(_lane.TryEnter());
        Assert.False(_lane.TryEnter());
    }

    [Fact]
    public async Task A_lane_is_closed_once_nobody_has_used_it_for_a_while()
    {
        await SoonAsync(Add("first"));

        // Asked twice a second or so: used since the last time, then not used since, and its last call has surely ended.
        Assert.False(_lane.TryRetire());
        await Eventually.EqualAsync("it is closed", true, () => Task.FromResult(_lane.TryRetire()), TimeSpan.FromSeconds(60));

        Assert.False(_lane.TryAdd("late", out _));
    }

    [Fact]
    public async Task A_lane_waits_with_counts_for_the_report_to_its_silo_and_not_for_a_silo_that_is_gone()
    {
        await SoonAsync(Add("first"));
        _lane.Learn(new ClaimReply([ClaimOutcome.Claimed], null, "silo"), asked: 0);
        _lane.Answers.Add(ClaimOutcome.Claimed);
        // Used since it was asked last; from here on it is not.
        Assert.False(_lane.TryRetire(isReported: true));

        // Another one than it was seen on last.
        _lane.Forget("an earlier silo");
        Assert.Equal("silo", _lane.SeenOn);
        Assert.False(_lane.TryRetire(isReported: true));

        _lane.Forget("silo");
        Assert.Null(_lane.SeenOn);
        await Eventually.EqualAsync("it is closed", true, () => Task.FromResult(_lane.TryRetire(isReported: true)), TimeSpan.FromSeconds(60));
    }

    [Fact]
    public async Task Claims_follow_their_coupon_to_the_silo_that_the_reply_names_until_one_is_undecided()
    {
        var routes = new List<string>();
        var fails = false;
        ClaimRoute Route(string name) => new(
            claims =>
            {
                routes.Add(name);
                ClaimOutcome outcome = fails ? ClaimOutcome.Undecided : ClaimOutcome.Claimed;
                return Task.FromResult(Array.ConvertAll(claims, claim => new ClaimReply([outcome], null, fails ? null : "silo")));
            },
            maxWaiting: 10, _options, _clock, NullLogger.Instance);
        var toSilo = Route("silo");
        var lane = new ClaimLane(
            CouponId.Known("seller", "coupon"), Route("coupon"), (_, own, user) => toSilo.TryAdd(own, user, out var outcome) ? outcome : throw new InvalidOperationException(),
            maxWaiting: 10, _clock);

        await ClaimAsync("first");
        await ClaimAsync("second");
        fails = true;
        await ClaimAsync("third");
        await ClaimAsync("fourth");

        Assert.Equal(["coupon", "silo", "silo", "coupon"], routes);

        async Task ClaimAsync(string user)
        {
            Assert.True(lane.TryAdd(user, out var outcome));
            Assert.Equal(fails ? ClaimOutcome.Undecided : ClaimOutcome.Claimed, await SoonAsync(outcome));
        }
    }

    [Fact]
    public async Task Claims_for_several_coupons_on_one_route_keep_their_order_and_their_answers()
    {
        var calls = new List<CouponClaims[]>();
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var route = new ClaimRoute(
            async claims =>
            {
                calls.Add(claims);
                await gate.Task;
                // As the user's name says.
                return Array.ConvertAll(claims, claim => new ClaimReply(Array.ConvertAll(claim.Batch.Users, OutcomeOf), null, "silo"));
            },
            maxWaiting: 1000, _options, _clock, NullLogger.Instance);
        var lanes = Enumerable.Range(0, 3).Select(i => new ClaimLane(
            CouponId.Known("seller", $"{i}"), route, (_, lane, user) => route.TryAdd(lane, user, out var outcome) ? outcome : throw new InvalidOperationException(),
            maxWaiting: 1000, _clock)).ToArray();
        var first = Claim(0, "first-1");
        await Eventually.EqualAsync("the first call begins", 1, () => Task.FromResult(calls.Count), TimeSpan.FromSeconds(60));
        string[] users = [.. Enumerable.Range(0, 30).Select(i => $"user{i}-{1 + i % 3}")];
        var claims = users.Select((user, i) => Claim(i * 7 % 3, user)).ToArray();

        gate.SetResult();

        Assert.Equal(ClaimOutcome.Claimed, await SoonAsync(first));
        Assert.Equal(users.Select(OutcomeOf), await SoonAsync(Task.WhenAll(claims)));
        Assert.Equal(2, calls.Count);
        foreach (var coupon in calls[1])
            Assert.Equal(users.Where((_, i) => lanes[i * 7 % 3].Coupon == coupon.Coupon), coupon.Batch.Users);

        Task<ClaimOutcome> Claim(int lane, string user)
        {
            Assert.True(lanes[lane].TryAdd(user, out var outcome));
            return outcome;
        }

        static ClaimOutcome OutcomeOf(string user) => (ClaimOutcome)(user[^1] - '0');
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
        await Eventually.EqualAsync("the call begins", (1, 1), () => Task.FromResult((_sent.Count, _clock.Timers)), TimeSpan.FromSeconds(60));
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

}
