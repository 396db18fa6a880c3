using System.Collections.Concurrent;

namespace SecKill.Tests.Deploy;

/// <summary>The chart, and what it makes of each set of values that is checked.</summary>
internal static class Chart
{
    private static readonly ConcurrentDictionary<string, Lazy<Task<string>>> _rendered = new();

    public static string Folder { get; } = Repository.Path("deploy/helm/seckill");

    /// <summary>The chart's own values, and those in its folder <c>ci</c>.</summary>
    public static IReadOnlyList<string> ValueSets { get; } =
        ["values.yaml", .. Directory.GetFiles(Path.Combine(Folder, "ci"), "*.yaml").Select(file => Path.GetRelativePath(Folder, file)).Order()];

    /// <summary>As YAML; each set is rendered once a run.</summary>
    public static Task<string> RenderAsync(string values) => _rendered.GetOrAdd(values, name =>
        new(() => Helm.TemplateAsync(Folder, "--values", Path.Combine(Folder, name)))).Value;

    public static async Task<Manifests> ReadAsync(string values) => Manifests.Read(await RenderAsync(values));

    /// <summary>A copy to spoil, of plain files: what the chart links to is copied too.</summary>
    public static string CopyTo(string folder)
    {
        Copy(Folder, folder);
        return folder;

        static void Copy(string from, string to)
        {
            Directory.CreateDirectory(to);
            foreach (var file in Directory.GetFiles(from))
                File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
            foreach (var inner in Directory.GetDirectories(from))
                Copy(inner, Path.Combine(to, Path.GetFileName(inner)));
        }
    }
}
