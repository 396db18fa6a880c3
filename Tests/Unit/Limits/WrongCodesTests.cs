using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using SecKill.Gateway.Limits;

namespace SecKill.Tests.Unit.Limits;

/// <summary>However wrong codes are sent, there are no more of them in the long run than the setting says.</summary>
public sealed class WrongCodesTests
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void A_batch_beyond_the_limit_is_made_up_for_before_another_code_is_tried()
    {
        var wrong = New(burst: 300, perSecond: 5);
        Assert.Null(wrong.Check("bob"));
        wrong.Count("bob", 500);

        Assert.NotNull(wrong.Check("bob"));
        Assert.Null(wrong.Check("eve"));
        _time.Advance(TimeSpan.FromSeconds(40));
        Assert.NotNull(wrong.Check("bob"));
        _time.Advance(TimeSpan.FromSeconds(0.2));
        Assert.Null(wrong.Check("bob"));
    }

    [Fact]
    public void Five_hundred_at_a_time_are_no_more_in_an_hour_than_one_at_a_time()
    {
        var wrong = New(burst: 300, perSecond: 5);
        var tried = 0;
        for (var second = 0; second < 3_600; second++)
        {
            if (wrong.Check("bob") is null)
            {
                wrong.Count("bob", 500);
                tried += 500;
            }
            _time.Advance(TimeSpan.FromSeconds(1));
        }
        Assert.InRange(tried, 17_000, 300 + (3_600 * 5) + 500);
    }

    [Fact]
    public void Many_at_once_that_were_let_in_together_all_count()
    {
        var wrong = New(burst: 10, perSecond: 1);
        Parallel.For(0, 100, _ => wrong.Count("bob", 1));
        _time.Advance(TimeSpan.FromSeconds(90));
        Assert.NotNull(wrong.Check("bob"));
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Null(wrong.Check("bob"));
    }

    [Fact]
    public void Without_a_limit_all_are_tried()
    {
        var wrong = New(burst: 0, perSecond: 1);
        wrong.Count("bob", 1_000_000);
        Assert.Null(wrong.Check("bob"));
    }

    private WrongCodes New(int burst, double perSecond) => new(Options.Create(new LimitOptions { WrongCodeBurst = burst, WrongCodesPerSecond = perSecond }), _time);
}
