using System.Text.Json.Nodes;

namespace SecKill.Tests.Integration.Bench;

/// <summary>The proof that a cluster scales, in short: <c>bench scale</c> as a program.</summary>
public sealed class ScaleTests
{
    private static readonly TimeSpan _startLimit = TimeSpan.FromSeconds(120);

    [Fact]
    public async Task Claims_stay_exact_while_silos_and_gateways_join_and_one_is_killed()
    {
        var run = await BenchRun.RunAsync(signingKey: null,
        [
            "scale", "--in-memory", "--measured", "500ms", "--settling", "200ms", "--connections", "24", "--rate", "600",
            "--coupons", "16", "--more-coupons", "8", "--units", "30", "--steps", "add-silo", "add-gateway", "kill-silo",
        ]);

        Assert.True(run.ExitCode == 0, run.Output);
        Assert.Equal((true, false), ((bool)run.Find("isRight"), (bool)run.Find("wasCutShort")));
        var stages = run.Result!["stages"]!.AsArray();
        Assert.Equal(
            [(1, 1), (1, 2), (2, 2), (2, 1)],
            stages.Select(stage => ((int)stage!["gateways"]!, (int)stage["silos"]!)));
        // No coupon is on two silos; one without claims since its silo left may be on none.
        Assert.All(stages, stage => Assert.InRange(Placed(stage!).Sum(), 1, (int)stage!["coupons"]!));
        Assert.Equal(16, Placed(stages[0]!).Single());
        Assert.Equal(2, Placed(stages[1]!).Count());
        Assert.Equal(
            ["answers", "owners in Redis", "rows in the ledger", "units left", "sold out", "operators' audit"],
            run.Result["checks"]!.AsArray().Select(check => (string)check!["name"]!));
    }

    [Fact]
    public async Task A_run_that_is_cut_short_checks_what_it_did_and_says_so()
    {
        var json = BenchRun.NewFile();
        try
        {
            await using var scale = await BenchRun.StartAsync(signingKey: null,
            [
                "scale", "--in-memory", "--measured", "200ms", "--settling", "200ms", "--connections", "8", "--rate", "200",
                "--coupons", "4", "--steps", "add-silo", "add-silo", "--json", json,
            ]);
            await Eventually.HoldsAsync("the first shape is measured", "a line with its rate", () => scale.HasExited
                ? throw new EventuallyException($"It ended: {scale.Output}")
                : Task.FromResult(scale.Output), output => output.Contains("claims/s", StringComparison.Ordinal), _startLimit);
            await scale.SignalAsync("TERM");
            var run = await BenchRun.EndedAsync(scale, json);

            Assert.True(run.ExitCode == 0, run.Output);
            Assert.Contains("Every claim is exact up to where the run was cut short.", run.Output, StringComparison.Ordinal);
            Assert.Equal((true, true), ((bool)run.Find("wasCutShort"), (bool)run.Find("isRight")));
        }
        finally
        {
            File.Delete(json);
        }
    }

    [Theory]
    [InlineData("stop-silo", "would leave no silo")]
    [InlineData("add-moon", "add-moon")]
    public async Task Steps_that_cannot_be_taken_are_refused_by_name(string step, string complaint)
    {
        var run = await BenchRun.RunPlainAsync(signingKey: null, ["scale", "--steps", step]);

        Assert.Equal(1, run.ExitCode);
        Assert.Contains(complaint, run.Output, StringComparison.Ordinal);
    }

    private static IEnumerable<int> Placed(JsonNode stage) => stage["placement"]!.AsObject().Select(silo => (int)silo.Value!);
}
