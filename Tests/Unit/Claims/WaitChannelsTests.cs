using System.Collections.Concurrent;
using Microsoft.Extensions.Options;
using SecKill.Gateway.Claims;
using SecKill.ServiceDefaults.Stops;

namespace SecKill.Tests.Unit.Claims;

/// <summary>A gateway refuses the crowd of a full waiting list under the coupon's lease, and asks for all whom that may not meet.</summary>
public sealed class WaitChannelsTests : IDisposable
{
    private static readonly CouponId _coupon = CouponId.Known("seller", "coupon");
    private static readonly FilterStamp _stamp = new(1, 1, Joins: 1);
    private static readonly RefusalLease _full = new(
        ClaimOutcome.SoldOut, TimeSpan.Zero, _stamp, new OwnerFilter(_stamp, ["owner", "waiter"]), FullFor: TimeSpan.FromMilliseconds(100));

    private readonly TestClock _clock = new();
    private readonly List<(string[] Users, FilterStamp? Known)> _joins = [];
    private readonly List<CouponClaims> _claims = [];
    private readonly ClaimChannels _channels;
    private readonly WaitChannels _waits;
    private RefusalLease? _lease = _full;
    private RefusalLease? _ofClaims;
    private TimeSpan _under;

    public WaitChannelsTests()
    {
        var grains = FakeGrains.With(ClaimAsync, Join);
        var options = Options.Create(new ClaimOptions());
        _channels = new ClaimChannels(grains, options, new KnownStops(grains, _clock, NullLogger<KnownStops>.Instance), _clock, NullLogger<ClaimChannels>.Instance);
        _waits = new WaitChannels(grains, _channels, options, _clock, NullLogger<WaitChannels>.Instance);
    }

    [Fact]
    public async Task A_full_line_is_told_without_a_call_to_all_but_those_who_may_be_known_until_the_lease_is_over()
    {
        _under = TimeSpan.FromMilliseconds(30);
        Assert.Equal(WaitOutcome.Full, await JoinAsync("first"));
        _under = TimeSpan.Zero;

        Assert.Equal(WaitOutcome.Full, await JoinAsync("second"));
        Assert.Single(_joins);
        _lease = null;
        await JoinAsync("waiter");
        Assert.Equal((2, _stamp), (_joins.Count, _joins[1].Known));
        // From before the call was sent.
        _clock.Advance(TimeSpan.FromMilliseconds(70));
        await JoinAsync("third");
        await JoinAsync("fourth");
        Assert.Equal(4, _joins.Count);
    }

    [Fact]
    public async Task A_lease_on_joins_refuses_no_claim_and_a_lease_of_a_claim_may_refuse_joins()
    {
        await JoinAsync("first");
        await _channels.ClaimAsync(_coupon, "second");
        Assert.Equal(_stamp, Assert.Single(_claims).Batch.Known);
        // The claim's reply had none.
        await JoinAsync("third");
        Assert.Equal(2, _joins.Count);

        (_lease, _ofClaims) = (null, _full with { Duration = TimeSpan.FromMilliseconds(100) });
        await _channels.ClaimAsync(_coupon, "fourth");

        Assert.Equal(WaitOutcome.Full, await JoinAsync("fifth"));
        Assert.Equal(ClaimOutcome.SoldOut, await _channels.ClaimAsync(_coupon, "sixth"));
        Assert.Equal((2, 2), (_joins.Count, _claims.Count));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2_500)]
    public async Task A_customers_joins_and_leaves_are_sent_in_their_order_and_what_waited_too_long_is_not_sent(int milliseconds)
    {
        var (calls, gate) = (new ConcurrentQueue<string>(), new TaskCompletionSource());
        var grains = FakeGrains.With(ClaimAsync, wait: async (kind, users) =>
        {
            calls.Enqueue($"{kind} {string.Join(' ', users)}");
            await gate.Task;
            return WaitReply.All(users.Length, kind == nameof(ICouponGrain.Join) ? WaitOutcome.Joined : WaitOutcome.Left);
        });
        using var waits = new WaitChannels(grains, _channels, Options.Create(new ClaimOptions()), _clock, NullLogger<WaitChannels>.Instance);
        var first = waits.AskAsync(_coupon, isJoin: true, "first");
        await Eventually.EqualAsync("the first is sent", 1, () => Task.FromResult(calls.Count), TimeSpan.FromSeconds(10));
        var early = waits.AskAsync(_coupon, isJoin: true, "carl");
        _clock.Advance(TimeSpan.FromMilliseconds(milliseconds));
        Task<WaitChannels.Waited>[] later =
        [
            waits.AskAsync(_coupon, isJoin: false, "carl"), waits.AskAsync(_coupon, isJoin: false, "dora"), waits.AskAsync(_coupon, isJoin: true, "carl"),
        ];

        gate.SetResult();

        Assert.Equal(WaitOutcome.Joined, (await first).Outcome);
        Assert.Equal(milliseconds == 0 ? WaitOutcome.Joined : WaitOutcome.Undecided, (await early).Outcome);
        Assert.Equal([WaitOutcome.Left, WaitOutcome.Left, WaitOutcome.Joined], (await Task.WhenAll(later)).Select(one => one.Outcome));
        string[] sent = milliseconds == 0 ? ["Join first", "Join carl", "Leave carl dora", "Join carl"] : ["Join first", "Leave carl dora", "Join carl"];
        Assert.Equal(sent, calls);
    }

    public void Dispose()
    {
        _waits.Dispose();
        _channels.Dispose();
    }

    private async Task<WaitOutcome> JoinAsync(string customer) => (await _waits.AskAsync(_coupon, isJoin: true, customer)).Outcome;

    private WaitReply Join(string[] users, FilterStamp? known)
    {
        _joins.Add((users, known));
        _clock.Advance(_under);
        return WaitReply.All(users.Length, WaitOutcome.Full) with { Refusal = _lease };
    }

    private Task<ClaimReply[]> ClaimAsync(string target, CouponClaims[] claims)
    {
        _claims.AddRange(claims);
        return Task.FromResult(Array.ConvertAll(claims, one => new ClaimReply(Array.ConvertAll(one.Batch.Users, _ => ClaimOutcome.SoldOut), _ofClaims)));
    }
}
