using System.Text.RegularExpressions;

namespace SecKill.Tests.Integration.Telemetry;

/// <summary>What a process tells at <c>/metrics</c>.</summary>
internal sealed partial class Scrape
{
    private readonly List<(string Name, IReadOnlyDictionary<string, string> Labels, double Value)> _samples = [];

    private Scrape(string text)
    {
        Text = text;
        foreach (var line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            if (TypePattern().Match(line) is { Success: true } type)
                Types[type.Groups[1].Value] = type.Groups[2].Value;
            else if (SamplePattern().Match(line) is { Success: true } sample)
                _samples.Add((sample.Groups[1].Value, LabelPattern().Matches(sample.Groups[2].Value).ToDictionary(label => label.Groups[1].Value, label => label.Groups[2].Value), double.Parse(sample.Groups[3].Value, CultureInfo.InvariantCulture)));
        }
    }

    public string Text { get; }

    /// <summary>By family: counter, gauge, histogram.</summary>
    public Dictionary<string, string> Types { get; } = [];

    /// <summary>What it tells now. Its answer of before is given again for 300 ms, with what has been allocated until then: two that differ are needed.</summary>
    public static async Task<Scrape> OfAsync(Uri process)
    {
        var earlier = await TextAsync(process);
        return await Eventually.HoldsAsync(
            "a new answer", "another than before", async () => new Scrape(await TextAsync(process)), seen => seen.Text != earlier, TimeSpan.FromSeconds(10));
    }

    /// <summary>Of several processes; those that do not answer are left out.</summary>
    public static async Task<Scrape> OfAllAsync(IEnumerable<Uri> processes) =>
        new(string.Join('\n', await Task.WhenAll(processes.Select(async process => (await OfAsync(process)).Text))));

    /// <summary>The sum of all samples of a name, of those that have a label with this value.</summary>
    public double Sum(string name, string? label = null, string? value = null) =>
        _samples.Where(sample => sample.Name == name && (label is null || sample.Labels.GetValueOrDefault(label) == value)).Sum(sample => sample.Value);

    /// <summary>The sum of those that have two labels with these values.</summary>
    public double Sum(string name, (string Name, string Value) one, (string Name, string Value) other) => _samples.Where(sample =>
        sample.Name == name && sample.Labels.GetValueOrDefault(one.Name) == one.Value && sample.Labels.GetValueOrDefault(other.Name) == other.Value).Sum(sample => sample.Value);

    public double Max(string name) => _samples.Where(sample => sample.Name == name).Max(sample => sample.Value);

    /// <summary>The names of the labels of a family, those of its buckets aside.</summary>
    public IReadOnlySet<string> LabelsOf(string family) =>
        _samples.Where(sample => sample.Name == family || sample.Name == $"{family}_count").SelectMany(sample => sample.Labels.Keys).ToHashSet();

    private static async Task<string> TextAsync(Uri process)
    {
        var answer = await new ApiClient(process).SendAsync(HttpMethod.Get, "/metrics");
        return answer.Status == 200 ? answer.Body : throw new InvalidOperationException($"{answer}");
    }

    [GeneratedRegex(@"^# TYPE (\S+) (\S+)$")]
    private static partial Regex TypePattern();

    [GeneratedRegex(@"^([a-z_]+)(?:\{(.*)\})? ([^ ]+)")]
    private static partial Regex SamplePattern();

    [GeneratedRegex(@"([a-z_]+)=""([^""]*)""")]
    private static partial Regex LabelPattern();
}
