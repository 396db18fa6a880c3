using System.Globalization;
using System.Text.Json;
using SecKill.Bench;
using SecKill.Bench.Machine;
using SecKill.Tests.LocalServers.Servers;

namespace SecKill.Research.Compare.Clients;

/// <summary>wrk with a script: the cheapest client there is, as a process of its own.</summary>
internal sealed class WrkClient : ILoadClient
{
    private const string Result = "RESULT ";
    private static readonly JsonSerializerOptions _json = new(JsonSerializerDefaults.Web);
    private static readonly TimeSpan _endsWithin = TimeSpan.FromSeconds(30);

    private readonly string _program;
    private readonly string _script;

    /// <param name="program">wrk.</param>
    public WrkClient(string program)
    {
        _program = program;
        _script = Path.Combine(RunFolder.Create("wrk"), "wrk.lua");
        using var source = typeof(WrkClient).Assembly.GetManifestResourceStream("wrk.lua")!;
        using var copy = File.Create(_script);
        source.CopyTo(copy);
    }

    public string Name => "wrk";

    public async Task<WorkloadResult> RunAsync(Workload work, Uri target, CancellationToken stop)
    {
        var threads = Math.Min(Environment.ProcessorCount, work.Connections);
        // A connection has one request under way; four rounds later the answer is there, unless one is far slower than all.
        var lag = 4 * work.Connections;
        await using var wrk = await ServerProcess.StartAsync(new ServerCommand(_program, [.. Arguments(work, target, threads, lag)]));
        await using var killed = stop.Register(() => _ = wrk.KillAsync());
        var exit = await wrk.ExitedAsync(work.Duration + _endsWithin);
        stop.ThrowIfCancellationRequested();
        var line = wrk.Output.Split('\n').FirstOrDefault(line => line.StartsWith(Result, StringComparison.Ordinal));
        if (exit != 0 || line is null)
            throw new BenchException($"wrk ended with {exit} and wrote: {wrk.Output}");
        return Read(JsonSerializer.Deserialize<Summary>(line[Result.Length..], _json)!, work, work.Users.Count / threads, lag);
    }

    // wrk has ended and was waited for, first by the shell around it and then by this process: its time counts as ours.
    public TimeSpan CpuTime(CpuReading before, CpuReading after) => after.OfEndedChildren - before.OfEndedChildren;

    private IEnumerable<string> Arguments(Workload work, Uri target, int threads, int lag)
    {
        yield return $"-t{threads}";
        yield return $"-c{work.Connections}";
        yield return string.Create(CultureInfo.InvariantCulture, $"-d{Math.Max(1, Math.Round(work.Duration.TotalSeconds))}s");
        yield return "-s";
        yield return _script;
        yield return target.OriginalString;
        yield return "--";
        yield return work.Users.Path;
        foreach (var number in new[] { work.Users.Count, UserFile.NameWidth, work.Users.TokenWidth, work.Sale.Scenario.Coupons, threads, lag })
            yield return $"{number}";
        foreach (var request in work.Requests)
        {
            yield return request.Text;
            yield return $"{request.UserAt}";
            yield return $"{request.CouponAt}";
            yield return $"{request.TokenAt}";
        }
    }

    private static WorkloadResult Read(Summary summary, Workload work, int slice, int lag)
    {
        var steps = work.Sale.Scenario.Steps;
        // The script does the steps in turn, so a thread's n-th request is the step n modulo their number.
        var claims = steps.Select((step, turn) => step == Step.Claim ? summary.Sent.Sum(sent => (sent + steps.Count - 1 - turn) / steps.Count) : 0).Sum();
        // wrk makes one request to look at it, and leaves the last ones without waiting for their answers.
        var unanswered = summary.Sent.Sum() - summary.Answers;
        return new WorkloadResult
        {
            Answers = summary.Answers,
            Failures = summary.Failures,
            Faults = summary.Faults,
            Duration = TimeSpan.FromMicroseconds(summary.Micros),
            P50 = TimeSpan.FromMicroseconds(summary.P50),
            P99 = TimeSpan.FromMicroseconds(summary.P99),
            MostWins = claims,
            LeastWins = Math.Max(0, claims - unanswered - summary.Failures),
            RanOutOfUsers = summary.Sent.Max() / steps.Count >= slice - lag * (steps.Count - 1),
        };
    }

    private sealed record Summary(long Answers, long Failures, long Faults, long Micros, long P50, long P99, long[] Sent);
}
