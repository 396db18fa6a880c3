using Microsoft.AspNetCore.Http;

namespace SecKill.Tests.Integration.Bench;

/// <summary>The load tool counts truthfully: what waited, what failed, what is unknown.</summary>
public sealed class AccountingTests
{
    private static readonly TimeSpan _stall = TimeSpan.FromMilliseconds(300);
    private static readonly TimeSpan _soon = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task In_an_open_loop_a_stall_is_counted_for_everybody_who_would_have_come_meanwhile()
    {
        var stall = new Lazy<Task>(() => Task.Delay(_stall));
        await using var server = await new PretendServer
        {
            BeforeClaim = async (_, number) =>
            {
                if (number >= 100)
                    await stall.Value;
                return true;
            },
        }.StartAsync();

        var run = await RunAsync(server, "sell", "--rate", "500", "--requests", "500", "--connections", "4");

        Assert.True(run.ExitCode == 0, run.Output);
        Assert.Equal(500, run.Number("total.answers"));
        // 150 of 500 were due during the stall, 4 were under way: counted from when they were sent, p90 would not know of it.
        Assert.InRange(run.Number("total.latencyMicros.max"), 280_000, double.MaxValue);
        Assert.InRange(run.Number("total.latencyMicros.p999"), 280_000, double.MaxValue);
        Assert.InRange(run.Number("total.latencyMicros.p90"), 100_000, double.MaxValue);
    }

    [Fact]
    public async Task A_lost_connection_is_counted_opened_again_and_leaves_its_claim_unknown()
    {
        await using var server = await new PretendServer
        {
            BeforeClaim = (context, number) =>
            {
                if (number % 10 == 0)
                    context.Abort();
                return Task.FromResult(number % 10 != 0);
            },
        }.StartAsync();

        var run = await RunAsync(server, "sell", "--requests", "100", "--connections", "4");

        Assert.True(run.ExitCode == 0, run.Output);
        Assert.Equal((90, 10), (run.Number("claims.won"), run.Number("claims.unknown")));
        Assert.Equal(10, run.Find("total.transportErrors").AsObject().Sum(error => error.Value!.GetValue<int>()));
    }

    [Fact]
    public async Task A_claim_without_an_answer_in_time_is_given_up()
    {
        var never = new TaskCompletionSource<bool>();
        await using var server = await new PretendServer { BeforeClaim = (_, number) => number == 5 ? never.Task : Task.FromResult(true) }.StartAsync();

        var run = await RunAsync(server, "sell", "--requests", "20", "--connections", "2", "--timeout", "3s");
        never.SetResult(false);

        Assert.True(run.ExitCode == 0, run.Output);
        Assert.Equal((19, 1), (run.Number("claims.won"), run.Number("total.transportErrors.timeout")));
    }

    [Fact]
    public async Task In_a_rehearsal_a_claim_that_could_not_be_decided_is_tried_again()
    {
        await using var server = await new PretendServer
        {
            BeforeClaim = (context, number) =>
            {
                context.Response.StatusCode = 503;
                context.Response.Headers.RetryAfter = "1";
                return Task.FromResult(number > 10);
            },
        }.StartAsync();

        var run = await RunAsync(server, "rehearse", "--users", "40", "--units", "30", "--duration", "200ms", "--connections", "20");

        Assert.True(run.ExitCode == 0, run.Output);
        Assert.Equal((30, 10), (run.Number("claims.won"), run.Number("claims.refused")));
        Assert.Equal((10, 0), (run.Number("rehearsal.retries"), run.Number("rehearsal.withoutAnswer")));
        Assert.InRange(run.Number("rehearsal.decisionMicros.max"), 1_000_000, double.MaxValue);
    }

    [Fact]
    public async Task Who_may_not_try_again_is_counted_as_without_an_answer()
    {
        await using var server = await new PretendServer
        {
            BeforeClaim = (context, number) =>
            {
                context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
                return Task.FromResult(number > 10);
            },
        }.StartAsync();

        var run = await RunAsync(server, "rehearse", "--users", "40", "--units", "100", "--duration", "200ms", "--retries", "0");

        Assert.True(run.ExitCode == 0, run.Output);
        Assert.Equal((30, 10), (run.Number("claims.won"), run.Number("rehearsal.withoutAnswer")));
    }

    [Fact]
    public async Task A_run_that_is_interrupted_is_checked_and_reported_all_the_same()
    {
        await using var server = await new PretendServer().StartAsync();
        var json = BenchRun.NewFile();
        await using var process = await BenchRun.StartAsync(server.SigningKey, ["sell", "--url", server.Url, "--duration", "1h", "--rate", "200", "--connections", "4", "--warmup", "0", "--json", json]);
        await Eventually.HoldsAsync("the run goes on", "20 claims", () => Task.FromResult(server.ClaimRequests), claims => claims >= 20, _soon);

        await process.SignalAsync("TERM");
        var run = await BenchRun.EndedAsync(process, json);
        File.Delete(json);

        Assert.True(run.ExitCode == 0, run.Output);
        Assert.True(run.Find("interrupted").GetValue<bool>());
        Assert.InRange(run.Number("claims.won"), 20, double.MaxValue);
    }

    private static Task<BenchRun> RunAsync(PretendServer server, params string[] arguments) =>
        BenchRun.RunAsync(server.SigningKey, [.. arguments, "--url", server.Url]);
}
