using SecKill.Grains.Hosting.Membership;
using StackExchange.Redis;

namespace SecKill.Tests.Unit.Hosting;

/// <summary>For how long a member of the cluster has been silent, whatever the clocks of the machines say.</summary>
public sealed class SignsOfLifeTests
{
    private const string Silo = "S10.0.0.1:11111:1";
    private static readonly TimeSpan _second = TimeSpan.FromSeconds(1);
    private readonly TestClock _clock = new();
    private readonly SignsOfLife _signs;

    public SignsOfLifeTests() => _signs = new SignsOfLife(_clock);

    [Fact]
    public void A_row_that_does_not_change_is_silent_for_as_long_as_it_was_looked_at_though_its_time_lies_ahead()
    {
        for (var i = 0; i <= 5; i++)
            See("2099-01-01");

        Assert.Equal(TimeSpan.FromSeconds(6), _signs.SilenceOf(Silo));
    }

    [Fact]
    public void A_row_that_is_renewed_is_not_silent_though_its_time_is_long_past()
    {
        for (var i = 0; i <= 5; i++)
            See($"1999-01-0{i}");

        Assert.Equal(_second, _signs.SilenceOf(Silo));
    }

    [Fact]
    public void After_a_gap_of_our_own_or_of_Redis_all_begins_anew()
    {
        for (var i = 0; i <= 5; i++)
            See("then");
        // We stood still: so may the others have.
        _clock.Advance(TimeSpan.FromSeconds(20));
        See("then");
        Assert.Equal(_second, _signs.SilenceOf(Silo));

        See("then");
        _signs.StartAnew();
        Assert.Equal(TimeSpan.Zero, _signs.SilenceOf(Silo));
        See("then");
        Assert.Equal(_second, _signs.SilenceOf(Silo));
    }

    [Fact]
    public void Who_was_heard_in_another_way_begins_anew_and_who_is_not_listed_is_not_silent()
    {
        See("then");
        See("then");
        _signs.Heard(Silo);
        Assert.Equal(TimeSpan.Zero, _signs.SilenceOf(Silo));
        See("then");
        Assert.Equal(_second, _signs.SilenceOf(Silo));

        _signs.See([]);
        Assert.Equal(TimeSpan.Zero, _signs.SilenceOf(Silo));
    }

    private void See(string row)
    {
        _signs.See([new HashEntry("Version", 7), new HashEntry(Silo, row)]);
        _clock.Advance(_second);
    }
}
