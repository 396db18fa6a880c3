using System.Globalization;
using Spectre.Console;

namespace SecKill.Research.Compare.Report;

/// <summary>The report for people.</summary>
internal static class ReportTable
{
    public static void Print(ComparisonReport report, IAnsiConsole console)
    {
        foreach (var scenario in report.Scenarios)
            console.Write(TableOf(scenario));
        var machine = report.Machine;
        console.MarkupLineInterpolated(
            CultureInfo.InvariantCulture,
            $"{machine.Cores} cores of {machine.Cpu}, {machine.Kernel}, data on {machine.DataOn}; {report.Client}, {report.Connections} connections, {report.DurationSeconds} s a round");
        console.MarkupLineInterpolated($"{string.Join(", ", machine.Versions.Select(version => $"{version.Key} {version.Value}"))}");
        if (!report.HasChecks)
            return;
        console.MarkupLine(report.IsRight
            ? "[green]Every claim that was checked is accounted for: answers, Redis and the ledger agree.[/]"
            : "[red bold]WRONG: answers, Redis and the ledger do not agree; see above.[/]");
    }

    private static Table TableOf(ScenarioReport scenario)
    {
        var table = new Table { Title = new TableTitle(Markup.Escape($"{scenario.Name}: {scenario.Says}")), Border = TableBorder.Ascii2 };
        table.AddColumn("target");
        foreach (var column in (string[])["req/s", "of nginx", "of textbook", "p50 ms", "p99 ms"])
            table.AddColumn(new TableColumn(column).RightAligned());
        table.AddColumn("CPU µs a request");
        table.AddColumn("errors");
        table.AddColumn("drain");
        foreach (var target in scenario.Targets)
            table.AddRow([.. Cells(target).Select(cell => new Text(cell))]);
        return table;
    }

    private static IEnumerable<string> Cells(TargetReport target)
    {
        yield return target.Name;
        yield return Number(target.RequestsPerSecond, "n0");
        yield return target.ToNginx is { } part ? Number(part, "p1") : "";
        yield return target.ToTextbook is { } multiple ? Number(multiple, "0.00") + " x" : "";
        yield return Number(target.P50Ms, "n2");
        yield return Number(target.P99Ms, "n2");
        yield return string.Join(", ", target.CpuMicros.Select(part => $"{part.Key} {Number(part.Value, "n1")}"));
        yield return Number(target.Rounds.Sum(round => round.Errors), "n0");
        yield return DrainOf(target);
    }

    private static string DrainOf(TargetReport target)
    {
        if (target.Rounds.Max(round => round.Check?.DrainSeconds) is not { } seconds)
            return "";
        var caughtUp = $"caught up in {Number(seconds, "n1")} s";
        return target.Rounds.Max(round => round.BacklogMost) is { } most
            ? $"backlog {Number(most, "n0")}, at the end {Number(target.Rounds.Max(round => round.BacklogAtEnd)!.Value, "n0")}; {caughtUp}"
            : caughtUp;
    }

    private static string Number(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}
