using SecKill.ServiceDefaults.Time;

namespace SecKill.Tests.Unit.Auth;

/// <summary>By this clock log-outs are dropped: a jump ahead must stand before it counts.</summary>
public sealed class BelievedClockTests
{
    private static readonly TimeSpan _step = TimeSpan.FromSeconds(2);

    private readonly TestClock _clock = new();
    private readonly BelievedClock _believed;

    public BelievedClockTests() => _believed = new BelievedClock(_clock, BelievedClock.Patience);

    [Fact]
    public void A_clock_is_believed_once_it_has_stood_for_an_hour()
    {
        Pass(TimeSpan.FromMinutes(59));
        Assert.Equal(1, _believed.Read().Year);
        Pass(TimeSpan.FromMinutes(2));
        Assert.Equal(_clock.GetUtcNow(), _believed.Read());
    }

    [Theory]
    [InlineData(3, 7_200)]
    [InlineData(3_000, 7_200)]
    [InlineData(3, 31_536_000)]
    public void A_jump_ahead_that_is_taken_back_within_the_hour_never_counts(int seconds, int ahead)
    {
        Pass(TimeSpan.FromHours(2));
        _clock.Set(TimeSpan.FromSeconds(ahead));
        Pass(TimeSpan.FromSeconds(seconds));
        Assert.Equal(_clock.GetUtcNow() - TimeSpan.FromSeconds(ahead), _believed.Read());
        _clock.Set(TimeSpan.FromSeconds(-ahead));
        Assert.Equal(_clock.GetUtcNow(), _believed.Read());
    }

    [Fact]
    public void A_jump_ahead_that_stays_counts_after_an_hour_and_one_back_at_once()
    {
        Pass(TimeSpan.FromHours(2));
        _clock.Set(TimeSpan.FromHours(5));
        Pass(TimeSpan.FromMinutes(61));
        Assert.Equal(_clock.GetUtcNow(), _believed.Read());
        _clock.Set(TimeSpan.FromHours(-5));
        Assert.Equal(_clock.GetUtcNow(), _believed.Read());
    }

    [Fact]
    public void A_jump_that_was_not_looked_at_meanwhile_has_not_stood()
    {
        Pass(TimeSpan.FromHours(2));
        _clock.Set(TimeSpan.FromHours(5));
        Assert.Equal(_clock.GetUtcNow() - TimeSpan.FromHours(5), _believed.Read());
        _clock.Advance(TimeSpan.FromHours(3));
        Assert.Equal(_clock.GetUtcNow() - TimeSpan.FromHours(5), _believed.Read());
    }

    private void Pass(TimeSpan time)
    {
        for (var passed = TimeSpan.Zero; passed < time; passed += _step)
        {
            _clock.Advance(_step);
            _believed.Read();
        }
    }
}
