using System.Text.RegularExpressions;

namespace SecKill.Tests.Deploy;

/// <summary>The files for Prometheus are well-formed, and each alert fires when it should and is silent when not.</summary>
public sealed partial class RulesTests
{
    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(60);
    private static readonly string _prometheus = Path.Combine(PrometheusServer.Deploy, "prometheus");

    [Theory]
    [InlineData("check", "config", "prometheus.yml")]
    [InlineData("check", "rules", "recording.yml", "alerts.yml")]
    [InlineData("test", "rules", "alerts.test.yml")]
    public async Task Promtool_finds_nothing_wrong(params string[] arguments)
    {
        await using var promtool = await ServerProcess.StartAsync(new ServerCommand(PrometheusServer.Promtool, arguments) { WorkingDirectory = _prometheus });
        Assert.True(await promtool.ExitedAsync(_limit) == 0, promtool.Output);
    }

    [Fact]
    public void Each_alert_is_tried_both_ways_and_tells_where_to_read_on()
    {
        var (alerts, tests) = (File.ReadAllText(Path.Combine(_prometheus, "alerts.yml")), File.ReadAllText(Path.Combine(_prometheus, "alerts.test.yml")));
        var names = AlertPattern().Matches(alerts).Select(match => match.Groups[1].Value).ToList();
        Assert.NotEmpty(names);
        Assert.Distinct(names);
        foreach (var what in new[] { "severity: (critical|warning)", "summary: ", "description: ", @"runbook_url: docs/operating/runbook\.md#[a-z-]+" })
            Assert.Equal(names.Count, Regex.Count(alerts, what));
        var headings = HeadingPattern().Matches(File.ReadAllText(Path.Combine(PrometheusServer.Deploy, "..", "docs", "operating", "runbook.md")))
            .Select(heading => heading.Groups[1].Value.ToLowerInvariant().Replace(' ', '-'));
        Assert.Empty(AnchorPattern().Matches(alerts).Select(anchor => anchor.Groups[1].Value).Except(headings));
        var tried = TriedPattern().Matches(tests).Select(match => (Name: match.Groups[1].Value, Fires: match.Groups[2].Value.Length > 0)).ToList();
        Assert.All(names, name => Assert.Equal([false, true], tried.Where(one => one.Name == name).Select(one => one.Fires).Distinct().Order()));
    }

    [GeneratedRegex(@"- alert: (\w+)")]
    private static partial Regex AlertPattern();

    [GeneratedRegex(@"^#+ (.+)$", RegexOptions.Multiline)]
    private static partial Regex HeadingPattern();

    [GeneratedRegex(@"runbook_url: docs/operating/runbook\.md#([a-z-]+)")]
    private static partial Regex AnchorPattern();

    // A test of an alert, with the alerts that are expected or none.
    [GeneratedRegex(@"alertname: (\w+)(\s+exp_alerts:)?")]
    private static partial Regex TriedPattern();
}
