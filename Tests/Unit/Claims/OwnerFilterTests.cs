using System.Text;

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

    [Fact]
    public void Names_are_added_to_a_copy() => Gen.Select(Gen.String.Array[0, 50], Gen.String.Array[0, 50]).Sample((owners, added) =>
    {
        var before = new OwnerFilter(default, owners);
        var strangers = Enumerable.Range(0, 50).Select(i => $"user-{i}").Where(user => !before.MayContain(user)).ToArray();
        var after = before.With(new FilterStamp(1, 2), [.. added, .. strangers]);
        return after.Stamp == new FilterStamp(1, 2) && owners.Concat(added).Concat(strangers).All(after.MayContain)
            && before.Stamp == default && !strangers.Any(before.MayContain);
    }, iter: 300);

    [Fact]
    public async Task Threads_that_build_a_filter_together_lose_no_name()
    {
        var builder = new OwnerFilterBuilder(20_000);
        await Task.WhenAll(Enumerable.Range(0, 4).Select(part => Task.Run(() =>
        {
            for (var i = part; i < 20_000; i += 4)
            {
                if (part < 2)
                    builder.Add($"owner-{i}");
                else
                    builder.Add(Encoding.UTF8.GetBytes($"owner-{i}"));
            }
        })));
        var filter = builder.ToFilter(new FilterStamp(1, 20_000));

        Assert.All(Enumerable.Range(0, 20_000), i => Assert.True(builder.MayContain($"owner-{i}") && filter.MayContain($"owner-{i}")));
        Assert.InRange(Enumerable.Range(0, 5_000).Count(i => filter.MayContain($"user-{i}")), 0, 100);
    }
}
