using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using SecKill.Tests.LocalServers.Deployments;

namespace SecKill.Tests.LocalServers.Servers;

/// <summary>A real Prometheus with the configuration of <c>deploy/prometheus</c>, which finds its targets here and looks every second.</summary>
public sealed partial class PrometheusServer : IAsyncDisposable
{
    private static readonly TimeSpan _startLimit = TimeSpan.FromSeconds(60);
    private static readonly HttpClient _http = new(new SocketsHttpHandler { UseProxy = false }) { Timeout = TimeSpan.FromSeconds(20) };

    private readonly int _port = FreePort.Next();
    private readonly string _folder = RunFolder.Create("prometheus");
    private ServerProcess? _process;

    /// <summary>The repository's.</summary>
    public static string Deploy { get; } = Path.Combine(Deployment.Root, "deploy");

    public static string Program => Installed.Find("prometheus") ?? throw Installed.Missing("prometheus");

    public static string Promtool => Installed.Find("promtool") ?? throw Installed.Missing("promtool");

    /// <summary>Starts it.</summary>
    /// <param name="targets">By the name of a job, where its processes listen.</param>
    public async Task StartAsync(IReadOnlyDictionary<string, IEnumerable<string>> targets)
    {
        foreach (var rules in Directory.GetFiles(Path.Combine(Deploy, "prometheus"), "*.yml"))
            File.Copy(rules, Path.Combine(_folder, Path.GetFileName(rules)));
        var config = Path.Combine(_folder, "prometheus.yml");
        await File.WriteAllTextAsync(config, Here(await File.ReadAllTextAsync(config), targets));
        var command = new ServerCommand(
            Program, $"--config.file={config}", $"--storage.tsdb.path={Path.Combine(_folder, "data")}", $"--web.listen-address=127.0.0.1:{_port}");
        _process = await ServerProcess.StartAsync(command, "Prometheus", IsReadyAsync, _startLimit);
    }

    /// <summary>The values that an expression has now, NaN left out, with its labels.</summary>
    public async Task<IReadOnlyList<(string Labels, double Value)>> QueryAsync(string expression)
    {
        var data = await AskAsync($"query?query={Uri.EscapeDataString(expression)}");
        return data.GetProperty("resultType").GetString() == "vector"
            ? [.. data.GetProperty("result").EnumerateArray().Select(row => (row.GetProperty("metric").ToString(), Number(row.GetProperty("value")[1]))).Where(row => !double.IsNaN(row.Item2))]
            : [("", Number(data.GetProperty("result")[1]))];
    }

    /// <summary>All rules, as they were evaluated last.</summary>
    public async Task<IReadOnlyList<PrometheusRule>> RulesAsync() =>
        [.. (await AskAsync("rules")).GetProperty("groups").EnumerateArray().SelectMany(group => group.GetProperty("rules").EnumerateArray()).Select(PrometheusRule.Read)];

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
            await _process.DisposeAsync();
        RunFolder.Delete(_folder);
    }

    private async Task<bool> IsReadyAsync()
    {
        using var answer = await _http.GetAsync(new Uri($"http://127.0.0.1:{_port}/-/ready"));
        return answer.StatusCode == HttpStatusCode.OK;
    }

    private async Task<JsonElement> AskAsync(string what)
    {
        using var answer = await _http.GetAsync(new Uri($"http://127.0.0.1:{_port}/api/v1/{what}"));
        using var json = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
        Check.That(json.RootElement.GetProperty("status").GetString() == "success", $"{what}: {json.RootElement}");
        return json.RootElement.GetProperty("data").Clone();
    }

    private static double Number(JsonElement text) => double.Parse(text.GetString()!.Replace("+Inf", "Infinity", StringComparison.Ordinal), CultureInfo.InvariantCulture);

    /// <summary>The configuration as it is, but for where the processes are, which names of containers cannot tell here.</summary>
    private static string Here(string config, IReadOnlyDictionary<string, IEnumerable<string>> targets)
    {
        var jobs = 0;
        var here = JobPattern().Replace(config, job =>
        {
            jobs++;
            var addresses = string.Join(", ", targets[job.Groups["name"].Value].Select(target => $"'{target}'"));
            return $"  - job_name: {job.Groups["name"].Value}\n    static_configs: [{{ targets: [{addresses}] }}]\n";
        });
        Check.Equal(targets.Count, jobs, "jobs in the configuration");
        return IntervalPattern().Replace(here, "${name}: 1s");
    }

    [GeneratedRegex(@"  - job_name: (?<name>\S+)\n    dns_sd_configs:\n(?:      .*\n|        .*\n)+")]
    private static partial Regex JobPattern();

    [GeneratedRegex(@"(?<name>scrape_interval|scrape_timeout|evaluation_interval): \S+")]
    private static partial Regex IntervalPattern();
}

/// <summary>A rule of Prometheus.</summary>
/// <param name="Expression">As Prometheus has understood it.</param>
/// <param name="Health"><c>ok</c>, or what else.</param>
public sealed record PrometheusRule(string Name, bool IsAlert, string Expression, string Health, string Error)
{
    public static PrometheusRule Read(JsonElement rule) => new(
        rule.GetProperty("name").GetString()!, rule.GetProperty("type").GetString() == "alerting", rule.GetProperty("query").GetString()!,
        rule.GetProperty("health").GetString()!, rule.TryGetProperty("lastError", out var error) ? error.GetString()! : "");
}
