using System.Text.Json.Nodes;
using SecKill.Tests.Integration.Bench;

namespace SecKill.Tests.Integration.Research;

/// <summary><c>research compare</c> as a program. What it measures here is not looked at: only that it measures, and what it checks.</summary>
public sealed class CompareTests
{
    private static readonly TimeSpan _limit = TimeSpan.FromMinutes(1);

    [Fact]
    public async Task Compare_measures_every_target_and_finds_every_sold_piece_in_the_ledger()
    {
        // One of each kind of target, and the sale whose units run out.
        var report = await CompareAsync("--targets", "noop,textbook,product", "--scenario", "stampede");

        var scenario = Assert.Single(report["scenarios"]!.AsArray())!;
        var measured = scenario["targets"]!.AsArray();
        Assert.Equal("stampede", (string)scenario["name"]!);
        Assert.Equal(["noop", "textbook", "product two"], measured.Select(target => (string)target!["name"]!));
        Assert.All(measured, target => AssertMeasured(target!));
        AssertAccountedFor(measured[^1]!, pieces: 100);
        Assert.True((bool)report["isRight"]!);
        Assert.True((int)report["machine"]!["cores"]! > 0);
    }

    [Fact]
    public async Task Told_to_stop_it_stops_in_good_order_and_says_so()
    {
        await using var bench = await BenchRun.StartResearchAsync(["compare", "--client", "bench", "--targets", "noop", "--duration", "60s"]);
        await Eventually.HoldsAsync(
            "the first target is loaded", "a scenario begun", () => Task.FromResult(bench.Output), output => output.Contains("sell:", StringComparison.Ordinal), _limit);

        await bench.StopAsync();

        Assert.Equal(1, bench.ExitCode);
        Assert.Contains("Stopped", bench.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--scenario", "sale")]
    [InlineData("--targets", "nginx,apache")]
    [InlineData("--duration", "0s")]
    [InlineData("--product", "nowhere")]
    public async Task What_cannot_be_compared_is_refused_by_name(string option, string value)
    {
        // Otherwise a missing nginx would be refused.
        string[] targets = option == "--targets" ? [] : ["--targets", "textbook,product"];
        var run = await BenchRun.OfResearchPlainAsync(["compare", "--client", "bench", option, value, .. targets]);

        Assert.Equal(1, run.ExitCode);
        Assert.Contains(option == "--duration" ? option : value.Split(',')[^1], run.Output, StringComparison.Ordinal);
    }

    private static async Task<JsonNode> CompareAsync(params string[] options)
    {
        // Other load on the machine would only make it measure again.
        var run = await BenchRun.OfResearchAsync(
        [
            "compare", "--client", "bench", "--rounds", "1", "--duration", "1s", "--warmup", "1s", "--connections", "16",
            "--max-foreign-load", "100", .. options,
        ]);
        Assert.True(run.ExitCode == 0, run.Output);
        return run.Result!;
    }

    private static void AssertMeasured(JsonNode target)
    {
        Assert.True((double)target["requestsPerSecond"]! > 0);
        Assert.True((double)target["p50Ms"]! <= (double)target["p99Ms"]!);
        Assert.Contains("client", target["cpuMicros"]!.AsObject().Select(part => part.Key));
        var round = Assert.Single(target["rounds"]!.AsArray())!;
        Assert.True((long)round["answers"]! > 0);
        Assert.Equal(0, (long)round["errors"]!);
    }

    private static void AssertAccountedFor(JsonNode product, long pieces)
    {
        var check = product["rounds"]![0]!["check"]!;
        var sold = (long)check["sold"]!;
        Assert.InRange(sold, (long)check["leastAnswered"]!, (long)check["mostAnswered"]!);
        Assert.Equal(sold, (long)check["ledgerRows"]!);
        Assert.Equal(pieces, sold);
    }
}
