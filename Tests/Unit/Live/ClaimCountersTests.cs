using SecKill.Grains.Interfaces.Live;
using SecKill.Grains.Live;

namespace SecKill.Tests.Unit.Live;

/// <summary>Which sales count as busy in a silo, and that it forgets old ones.</summary>
public sealed class ClaimCountersTests
{
    private readonly TestClock _clock = new();
    private readonly ClaimCounters _counters;

    public ClaimCountersTests() => _counters = new ClaimCounters(_clock);

    [Fact]
    public void The_busiest_come_first_and_among_the_quiet_ones_the_latest()
    {
        _counters.Touch("old");
        _clock.Advance(TimeSpan.FromSeconds(1));
        _counters.Add([Claims("slow", 10), Claims("fast", 1_000)]);
        _clock.Advance(TimeSpan.FromSeconds(1));
        _counters.Touch("new");

        Assert.Equal(["fast", "slow", "new", "old"], _counters.Busiest(20).Busiest.Select(coupon => coupon.Coupon));
        Assert.Equal(["fast", "slow"], _counters.Busiest(2).Busiest.Select(coupon => coupon.Coupon));
    }

    [Fact]
    public void A_sale_that_was_busy_long_ago_is_not_any_more()
    {
        _counters.Add([Claims("yesterday", 1_000_000)]);
        _clock.Advance(TimeSpan.FromMinutes(5));
        _counters.Add([Claims("now", 3)]);
        _counters.Touch("new");

        Assert.Equal(["now", "new", "yesterday"], _counters.Busiest(20).Busiest.Select(coupon => coupon.Coupon));
        Assert.Equal(1_000_003, _counters.Busiest(20).Claims.Claimed);
    }

    [Fact]
    public void What_is_made_known_at_a_start_stands_behind_all_others_and_replaces_none()
    {
        _counters.Add([Claims("claimed", 7)]);
        _clock.Advance(TimeSpan.FromDays(400));
        _counters.MakeKnown(["newest", "claimed", "older"]);
        _clock.Advance(TimeSpan.FromDays(400));

        var known = _counters.Busiest(20);

        Assert.Equal(["claimed", "newest", "older"], known.Busiest.Select(coupon => coupon.Coupon));
        Assert.Equal(7, known.Busiest[0].Claims.Claimed);
        Assert.Equal(_clock.Start, known.Since);
        _counters.Touch("older");
        Assert.Equal(["older", "claimed", "newest"], _counters.Busiest(20).Busiest.Select(coupon => coupon.Coupon));
    }

    [Fact]
    public void What_is_made_known_at_a_start_is_bounded_and_forgotten_first()
    {
        for (var i = 0; i < ClaimCounters.MaxCoupons - 2; i++)
            _counters.Touch($"{i}");
        _counters.MakeKnown(["a", "b", "c", "d"]);
        Assert.Equal(ClaimCounters.MaxCoupons, _counters.Busiest(int.MaxValue).Busiest.Length);

        _counters.Touch("new");

        Assert.DoesNotContain(_counters.Busiest(int.MaxValue).Busiest, coupon => coupon.Coupon is "a" or "b");
        Assert.Contains(_counters.Busiest(int.MaxValue).Busiest, coupon => coupon.Coupon == "new");
    }

    [Fact]
    public void Of_more_coupons_than_it_may_know_it_forgets_those_of_longest_ago()
    {
        for (var i = 0; i <= ClaimCounters.MaxCoupons; i++)
        {
            _clock.Advance(TimeSpan.FromMilliseconds(1));
            _counters.Add([Claims($"{i}", 1)]);
        }

        var known = _counters.Busiest(int.MaxValue);
        Assert.Equal((ClaimCounters.MaxCoupons * 9 / 10) + 1, known.Busiest.Length);
        Assert.DoesNotContain(known.Busiest, coupon => coupon.Coupon == "0");
        Assert.Equal(ClaimCounters.MaxCoupons + 1, known.Claims.Claimed);
    }

    private static CouponClaimCounts Claims(string coupon, long claimed) => new(coupon, new ClaimCounts(claimed, 0, 0, 0));
}
