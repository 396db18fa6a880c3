using SecKill.Grains.Interfaces.Stops;
using SecKill.ServiceDefaults.Stops;

namespace SecKill.Tests.Unit.Claims;

/// <summary>What a gateway or silo makes of the operators' stops.</summary>
public sealed class KnownStopsTests : IDisposable
{
    private static readonly CouponId _stopped = CouponId.Known("bob", "a"), _other = CouponId.Known("eve", "a");

    private readonly KnownStops _stops = new(FakeGrains.With((_, _) => throw new NotSupportedException()), TimeProvider.System, NullLogger<KnownStops>.Instance);

    public void Dispose() => _stops.Dispose();

    [Theory]
    [InlineData(null, SaleState.Paused)]
    [InlineData(SaleState.Open, SaleState.Paused)]
    [InlineData(SaleState.SoldOut, SaleState.Paused)]
    [InlineData(SaleState.Paused, SaleState.Paused)]
    [InlineData(SaleState.Scheduled, SaleState.Scheduled)]
    [InlineData(SaleState.Ended, SaleState.Ended)]
    public async Task A_stopped_sale_is_seen_as_paused_unless_it_has_not_begun_or_has_ended(SaleState? state, SaleState seen)
    {
        await _stops.Stopped([SaleStop.Of(_stopped)]);

        Assert.Equal(seen, _stops.Seen(_stopped, state));
        Assert.Equal(state, _stops.Seen(_other, state));
    }

    [Fact]
    public async Task Stops_are_counted_by_what_they_are_of()
    {
        Assert.Equal("coupon 0, seller 0, all 0", Counted());

        await _stops.Stopped([SaleStop.Of(_stopped), SaleStop.Of(_other), SaleStop.Of(_other.Seller), SaleStop.All]);
        Assert.Equal("coupon 2, seller 1, all 1", Counted());

        await _stops.Stopped([SaleStop.Of(_other)]);
        Assert.Equal("coupon 1, seller 0, all 0", Counted());
    }

    [Fact]
    public async Task A_change_of_the_stops_is_told_to_all_who_wait_for_it_and_a_repeat_is_none()
    {
        var first = _stops.Changed;
        await _stops.Stopped([SaleStop.Of(_stopped)]);
        Assert.True(first.IsCompletedSuccessfully);

        var second = _stops.Changed;
        await _stops.Stopped([SaleStop.Of(_stopped)]);
        Assert.False(second.IsCompleted);
        await _stops.Stopped([]);
        Assert.True(second.IsCompletedSuccessfully);
    }

    private string Counted() => string.Join(", ", _stops.Count().Select(one => $"{one.Tags[0].Value} {one.Value}"));
}
