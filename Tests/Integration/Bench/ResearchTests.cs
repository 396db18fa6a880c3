namespace SecKill.Tests.Integration.Bench;

/// <summary><c>research</c> as a program. What it measures here is not looked at: only that it measures, and what it checks.</summary>
public sealed class ResearchTests
{
    private static readonly string[] _short = ["--rounds", "1", "--duration", "1s", "--warmup", "1s", "--connections", "16"];

    [Fact]
    public async Task Compare_measures_every_target_and_finds_every_sold_unit_in_the_ledger()
    {
        // One of each kind of target, and the sale whose units run out. Other load on the machine would only make it measure again.
        var run = await RunAsync(
            "compare", "--client", "bench", "--targets", "noop,textbook,product", "--scenario", "stampede", "--max-foreign-load", "100");

        var measured = Assert.Single(run.Find("scenarios").AsArray())!["targets"]!.AsArray();
        Assert.Equal(["noop", "textbook", "product two"], measured.Select(target => (string)target!["name"]!));
        Assert.All(measured, target =>
        {
            var round = Assert.Single(target!["rounds"]!.AsArray())!;
            Assert.True((double)target["requestsPerSecond"]! > 0 && (long)round["answers"]! > 0, $"{target}");
            Assert.Equal(0, (long)round["errors"]!);
        });
        var check = measured[^1]!["rounds"]![0]!["check"]!;
        Assert.Equal((100, 100), ((long)check["sold"]!, (long)check["ledgerRows"]!));
        Assert.InRange(100, (long)check["leastAnswered"]!, (long)check["mostAnswered"]!);
    }

    [Fact]
    public async Task Figures_are_measured_and_every_sale_on_the_way_checked()
    {
        // The other groups are more of the same sales.
        string[] groups = ["drain", "connections"];
        var run = await RunAsync(["figures", "--most-connections", "200", "--what", .. groups]);

        var figures = run.Find("figures").AsArray()
            .ToLookup(figure => (string)figure!["group"]!, figure => (Name: (string)figure!["name"]!, Value: (double)figure["value"]!));
        Assert.Equal(groups, figures.Select(group => group.Key));
        Assert.All(figures["drain"], figure => Assert.True(figure.Value > 0, figure.Name));
        Assert.All(figures["connections"].Where(figure => figure.Name.EndsWith("errors", StringComparison.Ordinal)), figure => Assert.Equal(0, figure.Value));
    }

    private static async Task<BenchRun> RunAsync(params string[] arguments)
    {
        var run = await BenchRun.OfResearchAsync([arguments[0], .. _short, .. arguments[1..]]);
        Assert.True(run.ExitCode == 0, run.Output);
        Assert.True(run.Find("isRight").GetValue<bool>());
        return run;
    }
}
