using Microsoft.Extensions.Options;
using SecKill.Gateway.Claims;
using SecKill.ServiceDefaults.Stops;

namespace SecKill.Tests.Unit.Claims;

/// <summary>Bounded: how long and how many claims wait at a gateway. And where they go: to the coupon's silo, or to its grain.</summary>
public sealed class CouponChannelTests : IDisposable
{
    private const int MaxWaiting = 8;
    private const string Silo = "silo";

    private static readonly TimeSpan _soon = TimeSpan.FromSeconds(60);

    private readonly TestClock _clock = new();
    private readonly List<(string Target, CouponClaims[] Claims)> _calls = [];
    private readonly KnownStops _stops = new(FakeGrains.With((_, _) => throw new NotSupportedException()), TimeProvider.System, NullLogger<KnownStops>.Instance);
    private readonly ClaimChannels _channels;

    // While there is one, a call waits for it.
    private TaskCompletionSource? _gate;
    private Func<string, CouponClaims, ClaimReply> _decide = (_, claims) => Reply(claims, ClaimOutcome.Claimed, silo: null);

    public CouponChannelTests() => _channels = new ClaimChannels(
        FakeGrains.With(AnswerAsync), Options.Create(new ClaimOptions { MaxWaiting = MaxWaiting, Patience = TimeSpan.FromSeconds(5) }), _stops, _clock,
        NullLogger<ClaimChannels>.Instance);

    [Fact]
    public async Task A_claim_that_waits_too_long_is_undecided_and_never_sent_and_the_others_are_decided()
    {
        var first = await SlowlyAsync("first");
        var late = Claim("late");
        _clock.Advance(TimeSpan.FromSeconds(1));
        var early = Claim("early");
        _clock.Advance(TimeSpan.FromSeconds(1.5));

        _gate!.SetResult();

        Assert.Equal(ClaimOutcome.Claimed, await SoonAsync(first));
        Assert.Equal(ClaimOutcome.Undecided, await SoonAsync(late));
        Assert.Equal(ClaimOutcome.Claimed, await SoonAsync(early));
        Assert.Equal([["first"], ["early"]], Sent);
    }

    [Fact]
    public async Task If_all_claims_wait_too_long_nothing_is_sent()
    {
        var first = await SlowlyAsync("first");
        var late = Claim("late");
        _clock.Advance(TimeSpan.FromSeconds(2.5));

        _gate!.SetResult();

        await SoonAsync(first);
        Assert.Equal(ClaimOutcome.Undecided, await SoonAsync(late));
        Assert.Equal(ClaimOutcome.Claimed, await SoonAsync(Claim("next")));
        Assert.Equal([["first"], ["next"]], Sent);
    }

    [Fact]
    public async Task A_call_without_an_answer_is_abandoned_and_no_claim_waits_longer_than_the_timeout()
    {
        var first = await SlowlyAsync("first");
        _clock.Advance(TimeSpan.FromSeconds(1));
        var second = Claim("second");
        _clock.Advance(TimeSpan.FromSeconds(2));

        Assert.Equal(ClaimOutcome.Undecided, await SoonAsync(first));
        // It has waited for two seconds, and its own call is not answered either.
        await UnderWayAsync(calls: 2);
        Assert.False(second.IsCompleted);
        _clock.Advance(TimeSpan.FromSeconds(3));

        Assert.Equal(ClaimOutcome.Undecided, await SoonAsync(second));
        _gate!.SetResult();
        Assert.Equal(ClaimOutcome.Claimed, await SoonAsync(Claim("third")));
        Assert.Equal([["first"], ["second"], ["third"]], Sent);
    }

    [Theory]
    [InlineData(null)]
    [InlineData(Silo)]
    public async Task Half_of_the_places_are_for_one_coupon_and_claims_without_a_place_are_refused_at_once(string? silo)
    {
        _decide = (_, claims) => Reply(claims, ClaimOutcome.Claimed, silo);
        await SoonAsync(Claim("before", "a"));
        await SoonAsync(Claim("before", "b"));
        List<Task<ClaimOutcome>> waiting = [await SlowlyAsync("0", "a")];
        waiting.AddRange(Enumerable.Range(1, 3).Select(i => Claim($"{i}", "a")));

        Assert.Equal(ClaimOutcome.Undecided, await SoonAsync(Claim("too many", "a")));
        waiting.AddRange(Enumerable.Range(0, 4).Select(i => Claim($"{i}", "b")));
        Assert.Equal(MaxWaiting, _channels.Waiting);
        Assert.Equal(ClaimOutcome.Undecided, await SoonAsync(Claim("too many", "c")));
        // A made-up name makes no channel meanwhile.
        Assert.Equal(2, _channels.Coupons.Count());

        _gate!.SetResult();
        Assert.All(await SoonAsync(Task.WhenAll(waiting)), outcome => Assert.Equal(ClaimOutcome.Claimed, outcome));
        Assert.Equal(0, _channels.Waiting);
        Assert.Equal(ClaimOutcome.Claimed, await SoonAsync(Claim("again", "a")));
    }

    [Fact]
    public async Task A_channel_is_closed_once_it_is_not_used_any_more_and_the_next_claim_makes_another()
    {
        await SoonAsync(Claim("first"));
        var channel = Assert.Single(_channels.Coupons);

        // Used since the last sweep.
        _channels.Sweep();
        Assert.Same(channel, Assert.Single(_channels.Coupons));
        await ClosesAsync();

        Assert.False(channel.TryEnter() && channel.TrySend("late", out _));
        Assert.Equal(ClaimOutcome.Claimed, await SoonAsync(Claim("next")));
        Assert.NotSame(channel, Assert.Single(_channels.Coupons));
    }

    [Fact]
    public async Task A_channel_with_counts_waits_for_the_report_to_its_silo_and_not_for_a_silo_that_is_gone()
    {
        _channels.AreCountsReported = true;
        _decide = (_, claims) => Reply(claims, ClaimOutcome.Claimed, Silo);
        await SoonAsync(Claim("first"));
        var channel = Assert.Single(_channels.Coupons);
        SweepOften();
        Assert.Same(channel, Assert.Single(_channels.Coupons));

        channel.Forget("an earlier silo");
        Assert.Equal(Silo, channel.LastSilo);
        SweepOften();
        Assert.Same(channel, Assert.Single(_channels.Coupons));

        channel.Forget(Silo);
        Assert.Null(channel.LastSilo);
        await ClosesAsync();
    }

    [Fact]
    public async Task Claims_go_to_the_silo_that_the_reply_names_until_one_is_undecided()
    {
        var fails = false;
        _decide = (_, claims) => fails ? Reply(claims, ClaimOutcome.Undecided, silo: null) : Reply(claims, ClaimOutcome.Claimed, Silo);

        await SoonAsync(Claim("first"));
        await SoonAsync(Claim("second"));
        fails = true;
        await SoonAsync(Claim("third"));
        await SoonAsync(Claim("fourth"));

        Assert.Equal([Key("coupon"), Silo, Silo, Key("coupon")], _calls.Select(call => call.Target));
    }

    [Fact]
    public async Task Claims_to_a_silo_that_is_gone_are_decided_by_the_grains_of_their_coupons()
    {
        _decide = (_, claims) => Reply(claims, ClaimOutcome.Claimed, Silo);
        await SoonAsync(Claim("first", "a"));
        await SoonAsync(Claim("first", "b"));
        _decide = (target, claims) => target == Silo ? throw new SiloGoneException("It is gone.") : Reply(claims, ClaimOutcome.Claimed, "another silo");

        Assert.Equal([ClaimOutcome.Claimed, ClaimOutcome.Claimed], await SoonAsync(Task.WhenAll(Claim("second", "a"), Claim("second", "b"))));

        Assert.All(_channels.Coupons, channel => Assert.Equal("another silo", channel.LastSilo));
    }

    [Fact]
    public async Task After_a_lull_claims_go_to_the_grain_that_names_the_silo_again()
    {
        _decide = (_, claims) => Reply(claims, ClaimOutcome.Claimed, Silo);
        await SoonAsync(Claim("first"));
        await SoonAsync(Claim("second"));
        var (silo, coupon) = (_channels.ToSilo(Silo), Assert.Single(_channels.Coupons));
        await Eventually.EqualAsync("the silo's channel is closed", true, () => Task.FromResult(silo.TryClose()), _soon);
        Assert.True(coupon.TryEnter() && coupon.TrySend("third", out var third) && await SoonAsync(third) == ClaimOutcome.Claimed);
        Assert.Equal([Key("coupon"), Silo, Key("coupon")], _calls.Select(call => call.Target));
    }

    [Fact]
    public async Task A_lease_refuses_all_but_possible_owners_until_it_is_over()
    {
        var lease = new RefusalLease(ClaimOutcome.SoldOut, TimeSpan.FromMilliseconds(100), new FilterStamp(1, 1), new OwnerFilter(new FilterStamp(1, 1), ["owner"]));
        _decide = (_, claims) => new ClaimReply(new ClaimOutcome[claims.Batch.Users.Length].Select(_ => ClaimOutcome.SoldOut).ToArray(), lease, Silo);
        await SoonAsync(Claim("first"));

        Assert.Equal(ClaimOutcome.SoldOut, await SoonAsync(Claim("second")));
        Assert.Single(_calls);
        await SoonAsync(Claim("owner"));
        Assert.Equal(2, _calls.Count);
        Assert.Equal(new FilterStamp(1, 1), _calls[1].Claims[0].Batch.Known);
        _clock.Advance(TimeSpan.FromMilliseconds(100));
        await SoonAsync(Claim("third"));
        Assert.Equal(3, _calls.Count);
        Assert.Equal(4, Assert.Single(_channels.Coupons).Counts.Take().SoldOut);
    }

    [Fact]
    public async Task Of_a_later_state_a_gateway_needs_only_the_names_that_were_added()
    {
        var (first, second) = (new FilterStamp(1, 1), new FilterStamp(1, 3));
        var lease = new RefusalLease(ClaimOutcome.SoldOut, TimeSpan.FromMilliseconds(100), first, new OwnerFilter(first, ["owner"]));
        RefusalLease? given = lease;
        _decide = (_, claims) => new ClaimReply(new ClaimOutcome[claims.Batch.Users.Length].Select(_ => ClaimOutcome.SoldOut).ToArray(), given, Silo);
        await SoonAsync(Claim("first"));
        // Units came back.
        given = null;
        _clock.Advance(TimeSpan.FromMilliseconds(100));
        await SoonAsync(Claim("second"));
        Assert.Equal(first, Known);

        given = lease with { Stamp = second, Filter = null, Added = ["anna", "bert"] };
        await SoonAsync(Claim("third"));
        var calls = _calls.Count;
        await SoonAsync(Claim("fourth"));
        Assert.Equal(calls, _calls.Count);
        foreach (var owner in new[] { "owner", "anna", "bert" })
            await SoonAsync(Claim(owner));
        Assert.Equal((calls + 3, second), (_calls.Count, Known));
        // What another gateway's filter would need says nothing to this one.
        Assert.False(lease.Filter!.MayContain("anna"));
        given = given with { Stamp = new FilterStamp(1, 6) };
        _clock.Advance(TimeSpan.FromMilliseconds(100));
        await SoonAsync(Claim("fifth"));
        await SoonAsync(Claim("sixth"));
        Assert.Equal((calls + 5, second), (_calls.Count, Known));
    }

    [Fact]
    public async Task A_gateway_counts_down_to_the_start_by_its_own_clock_from_before_it_asked()
    {
        var lease = new RefusalLease(ClaimOutcome.NotStarted, TimeSpan.FromMilliseconds(100), new FilterStamp(1, 0), new OwnerFilter(new FilterStamp(1, 0), []), TimeSpan.FromMilliseconds(450));
        _decide = (_, claims) => new ClaimReply(new ClaimOutcome[claims.Batch.Users.Length].Select(_ => ClaimOutcome.NotStarted).ToArray(), lease, Silo);
        await SoonAsync(Claim("first"));
        var coupon = CouponId.Known("seller", "coupon");

        Assert.Equal(TimeSpan.FromMilliseconds(450), _channels.StartsIn(coupon));
        _clock.Advance(TimeSpan.FromMilliseconds(60));
        Assert.Equal(ClaimOutcome.NotStarted, await SoonAsync(Claim("second")));
        Assert.Single(_calls);
        Assert.Equal(TimeSpan.FromMilliseconds(390), _channels.StartsIn(coupon));
        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(TimeSpan.Zero, _channels.StartsIn(coupon));

        _decide = (_, claims) => Reply(claims, ClaimOutcome.Claimed, Silo);
        Assert.Equal(ClaimOutcome.Claimed, await SoonAsync(Claim("third")));
        Assert.Equal(TimeSpan.Zero, _channels.StartsIn(coupon));
    }

    [Fact]
    public async Task Claims_for_several_coupons_of_one_silo_keep_their_order_and_their_answers()
    {
        using var channels = new ClaimChannels(
            FakeGrains.With(AnswerAsync), Options.Create(new ClaimOptions { MaxWaiting = 1_000 }), _stops, _clock, NullLogger<ClaimChannels>.Instance);
        // As the user's name says.
        _decide = (_, claims) => new ClaimReply(Array.ConvertAll(claims.Batch.Users, OutcomeOf), null, Silo);
        for (var i = 0; i < 3; i++)
            await SoonAsync(ClaimAsync(i, "before-1"));
        _calls.Clear();
        _gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var first = ClaimAsync(0, "first-1");
        await UnderWayAsync(calls: 1);
        string[] users = [.. Enumerable.Range(0, 30).Select(i => $"user{i}-{1 + i % 3}")];
        var claims = users.Select((user, i) => ClaimAsync(i * 7 % 3, user)).ToArray();

        _gate.SetResult();

        Assert.Equal(ClaimOutcome.Claimed, await SoonAsync(first));
        Assert.Equal(users.Select(OutcomeOf), await SoonAsync(Task.WhenAll(claims)));
        Assert.Equal(2, _calls.Count);
        foreach (var coupon in _calls[1].Claims)
            Assert.Equal(users.Where((_, i) => Key($"{i * 7 % 3}") == coupon.Coupon), coupon.Batch.Users);

        Task<ClaimOutcome> ClaimAsync(int coupon, string user) => channels.ClaimAsync(CouponId.Known("seller", $"{coupon}"), user).AsTask();

        static ClaimOutcome OutcomeOf(string user) => (ClaimOutcome)(user[^1] - '0');
    }

    public void Dispose() => _channels.Dispose();

    /// <summary>The filter that the last call says is known.</summary>
    private FilterStamp? Known => _calls[^1].Claims[0].Batch.Known;

    private IEnumerable<string[]> Sent => _calls.Select(call => Assert.Single(call.Claims).Batch.Users);

    private static string Key(string coupon) => CouponId.Known("seller", coupon).Key;

    private static ClaimReply Reply(CouponClaims claims, ClaimOutcome outcome, string? silo)
    {
        var outcomes = new ClaimOutcome[claims.Batch.Users.Length];
        Array.Fill(outcomes, outcome);
        return new ClaimReply(outcomes, null, silo);
    }

    private static Task<T> SoonAsync<T>(Task<T> task) => task.WaitAsync(_soon, TestContext.Current.CancellationToken);

    private Task<ClaimOutcome> Claim(string user, string coupon = "coupon") => _channels.ClaimAsync(CouponId.Known("seller", coupon), user).AsTask();

    /// <summary>A claim whose call has begun and waits for the gate.</summary>
    private async Task<Task<ClaimOutcome>> SlowlyAsync(string user, string coupon = "coupon")
    {
        _gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var calls = _calls.Count;
        var outcome = Claim(user, coupon);
        await UnderWayAsync(calls + 1);
        return outcome;
    }

    private Task UnderWayAsync(int calls) =>
        Eventually.EqualAsync("the call is under way", (calls, 1), () => Task.FromResult((_calls.Count, _clock.Timers)), _soon);

    private void SweepOften()
    {
        for (var i = 0; i < 5; i++)
            _channels.Sweep();
    }

    private Task ClosesAsync() => Eventually.EqualAsync("it is closed", 0, () =>
    {
        _channels.Sweep();
        return Task.FromResult(_channels.Coupons.Count());
    }, _soon);

    private async Task<ClaimReply[]> AnswerAsync(string target, CouponClaims[] claims)
    {
        _calls.Add((target, claims));
        if (_gate is { } gate)
            await gate.Task;
        return Array.ConvertAll(claims, coupon => _decide(target, coupon));
    }
}
