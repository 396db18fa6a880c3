namespace SecKill.Tests.Integration.Bench;

/// <summary><c>bench capacity</c>, and that docs/operating/capacity.md says what it says.</summary>
public sealed class CapacityTests
{
    [Theory]
    [InlineData("capacity")]
    [InlineData("capacity --coupons 1")]
    public async Task The_tables_of_the_document_are_those_that_it_computes(string command)
    {
        var run = await BenchRun.RunPlainAsync(signingKey: null, command.Split(' '));

        Assert.Equal(0, run.ExitCode);
        var rows = run.Output.Split('\n').Where(line => line.StartsWith("| ", StringComparison.Ordinal)).ToList();
        Assert.Equal(7, rows.Count);
        var document = await File.ReadAllLinesAsync(Path.Combine(Deployment.Root, "docs", "operating", "capacity.md"), TestContext.Current.CancellationToken);
        Assert.All(rows, row => Assert.Contains(row, document));
    }

    [Fact]
    public async Task What_makes_no_sense_is_refused_by_name()
    {
        var run = await BenchRun.RunPlainAsync(signingKey: null, ["capacity", "--users", "0"]);

        Assert.Equal(1, run.ExitCode);
        Assert.Contains("--users", run.Output, StringComparison.Ordinal);
    }
}
