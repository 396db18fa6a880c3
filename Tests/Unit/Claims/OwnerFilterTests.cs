namespace SecKill.Tests.Unit.Claims;

public sealed class OwnerFilterTests
{
    [Fact]
    public void No_owner_is_ever_excluded() => Gen.String.Array[0, 200].Sample(owners =>
    {
        var filter = new OwnerFilter(default, owners);
        return owners.All(filter.MayContain);
    }, iter: 500);

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(6)]
    [InlineData(7)]
    [InlineData(20)]
    [InlineData(1_000)]
    [InlineData(50_000)]
    public void Of_the_others_fewer_than_two_in_a_hundred_pass(int owners)
    {
        // Several filters of the small sizes, where a single one says little.
        var filters = Math.Max(1, 200 / owners);
        var passed = Enumerable.Range(0, filters).Sum(round =>
        {
            var filter = new OwnerFilter(default, [.. Enumerable.Range(0, owners).Select(i => $"owner-{round}-{i}")]);
            return Enumerable.Range(0, 5_000).Count(i => filter.MayContain($"user-{round}-{i}"));
        });

        Assert.InRange(passed / (5_000.0 * filters), 0, 0.02);
    }

    [Fact]
    public void A_filter_of_nobody_excludes_everybody() =>
        Assert.DoesNotContain(Enumerable.Range(0, 1000), i => new OwnerFilter(default, []).MayContain($"{i}"));
}
