using System.Text;
using SecKill.Bench.Rehearsal;
using SecKill.Tests.LocalServers.Sales;

namespace SecKill.Bench.Reports;

/// <summary>A result for people.</summary>
internal static class TextReport
{
    /// <summary>All of it.</summary>
    public static string Of(ScenarioResult result)
    {
        var text = new StringBuilder();
        text.AppendLine();
        text.Append($"{result.Scenario}: {result.RequestsPerSecond:N0} requests/s");
        if (result.TargetRequestsPerSecond is { } target)
            text.Append($" of {target:N0} asked for");
        text.AppendLine($", {result.Total.Answers:N0} answers in {result.MeasuredSeconds:0.00} s over {result.Connections:N0} connections to {string.Join(", ", result.Urls)}");
        if (result.Interrupted)
            text.AppendLine("The run was ended before its time.");
        if (result.NotSent > 0)
            text.AppendLine($"{result.NotSent:N0} requests were due but could not be sent in time: the server, or this machine, is slower than the rate. Their latencies are missing below.");
        if (result.ConnectionsGivenUp > 0)
            text.AppendLine($"{result.ConnectionsGivenUp:N0} connections were lost and could not be opened again.");
        foreach (var (name, operation) in result.Operations)
            Append(text, name, operation);
        var claims = result.Claims;
        text.AppendLine($"claims in all, warm-up included: {claims.Sent:N0} sent, {claims.Won:N0} won, {claims.Refused:N0} refused, {claims.Unknown:N0} unknown");
        if (result.Rehearsal is { } sale)
            Append(text, sale);
        foreach (var check in result.Checks)
            text.AppendLine(check.Passed ? $"ok      {check.Name}: {check.Found}" : Failure(check));
        text.AppendLine(result.Passed ? "The server kept its word." : "THE SERVER DID NOT KEEP ITS WORD.");
        return text.ToString();
    }

    /// <summary>The failed checks alone.</summary>
    public static string FailuresOf(ScenarioResult result) =>
        string.Concat(result.Checks.Where(check => !check.Passed).Select(check => Failure(check) + Environment.NewLine));

    private static void Append(StringBuilder text, string name, OperationResult operation)
    {
        var latency = operation.LatencyMicros;
        text.AppendLine($"{name,-7} {Counts(operation.Statuses)}{Counts(operation.ClaimResults, "   Claim-Result: ")}{Counts(operation.TransportErrors, "   no answer: ")}");
        text.AppendLine($"        latency p50 {Time(latency.P50)}   p90 {Time(latency.P90)}   p99 {Time(latency.P99)}   p99.9 {Time(latency.P999)}   max {Time(latency.Max)}");
    }

    private static void Append(StringBuilder text, RehearsalResult sale)
    {
        text.AppendLine($"{sale.Arrived:N0} of {sale.Users:N0} customers came ({sale.Curve}) within {sale.ArrivalSeconds:0.##} s, at most {sale.PeakArrivalsPerSecond:N0} in a second");
        if (sale.NotStarted is { } told)
            text.AppendLine($"{told:N0} claims came before the start{(sale.FirstWinMicros is { } first ? $"; the first unit was won {Time(first)} after it at most" : "")}");
        text.AppendLine(sale.SoldOutAfterSeconds is { } seconds ? $"the last unit was won after {seconds:0.00} s" : "some units are left");
        text.AppendLine($"customers waited for their final answer: p50 {Time(sale.DecisionMicros.P50)}   p99 {Time(sale.DecisionMicros.P99)}   max {Time(sale.DecisionMicros.Max)}");
        if (sale.Chances is { } chances)
            text.AppendLine($"{chances.Joined:N0} joined the line, {chances.Served:N0} of them were served, {chances.Waiting:N0} still wait; {chances.Returned:N0} units were given back, {chances.Redeemed:N0} redeemed");
        text.AppendLine($"{sale.Retries:N0} claims were tried again, {sale.WithoutAnswer:N0} customers gave up without an answer");
    }

    private static string Counts(IReadOnlyDictionary<string, long> counts, string title = "") =>
        counts.Count == 0 ? "" : title + string.Join(", ", counts.Select(count => $"{count.Key} × {count.Value:N0}"));

    private static string Failure(CheckResult check) => $"FAILED  {check.Name}: expected {check.Expected}; found {check.Found}";

    /// <summary>A latency with a unit that suits it.</summary>
    public static string Time(long micros) => micros switch
    {
        < 1_000 => $"{micros} µs",
        < 1_000_000 => $"{micros / 1e3:0.00} ms",
        _ => $"{micros / 1e6:0.00} s",
    };
}
