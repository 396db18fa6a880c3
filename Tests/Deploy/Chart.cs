using System.Collections.Concurrent;

namespace SecKill.Tests.Deploy;

/// <summary>The chart, rendered with its own values and those in its folder <c>ci</c>.</summary>
internal static class Chart
{
    private static readonly ConcurrentDictionary<string, Lazy<Task<string>>> _rendered = new();

    public static string Folder { get; } = Repository.Path("deploy/helm/seckill");

    public static IReadOnlyList<string> ValueSets { get; } =
        ["values.yaml", .. Directory.GetFiles(Path.Combine(Folder, "ci"), "*.yaml").Select(file => Path.GetRelativePath(Folder, file)).Order()];

    /// <summary>YAML; each set is rendered once per run.</summary>
    public static Task<string> RenderAsync(string values) => _rendered.GetOrAdd(values, name =>
        new(() => Helm.TemplateAsync(Folder, "--values", Path.Combine(Folder, name)))).Value;

    public static async Task<Manifests> ReadAsync(string values) => Manifests.Read(await RenderAsync(values));
}
