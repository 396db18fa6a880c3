using SecKill.Tests.Integration.Bench;

namespace SecKill.Tests.Integration.Research;

/// <summary><c>research figures</c> as a program. What it measures here is not looked at: only that it measures all it names, and what it checks.</summary>
public sealed class FiguresTests
{
    // The others are more of the same sales.
    private static readonly string[] _groups = ["drain", "connections"];

    [Fact]
    public async Task Figures_are_measured_and_every_sale_on_the_way_checked()
    {
        var run = await BenchRun.OfResearchAsync(
        [
            "figures", "--rounds", "1", "--duration", "1s", "--warmup", "1s", "--connections", "16", "--most-connections", "200",
            "--what", .. _groups,
        ]);
        Assert.True(run.ExitCode == 0, run.Output);

        Assert.True((bool)run.Result!["isRight"]!);
        var figures = run.Result["figures"]!.AsArray();
        var byGroup = figures.ToLookup(figure => (string)figure!["group"]!, figure => (Name: (string)figure!["name"]!, Value: (double)figure["value"]!));
        Assert.Equal(_groups, byGroup.Select(group => group.Key));
        Assert.All(byGroup["drain"], figure => Assert.True(figure.Value > 0, figure.Name));
        Assert.All(byGroup["connections"].Where(figure => figure.Name.EndsWith("errors", StringComparison.Ordinal)), figure => Assert.Equal(0, figure.Value));
    }

    [Theory]
    [InlineData("--what", "weather")]
    [InlineData("--rounds", "0")]
    [InlineData("--product", "nowhere")]
    public async Task What_cannot_be_measured_is_refused_by_name(string option, string value)
    {
        var run = await BenchRun.OfResearchPlainAsync(["figures", option, value]);

        Assert.Equal(1, run.ExitCode);
        Assert.Contains(option == "--rounds" ? option : value, run.Output, StringComparison.Ordinal);
    }
}
