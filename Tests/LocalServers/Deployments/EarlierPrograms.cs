namespace SecKill.Tests.LocalServers.Deployments;

/// <summary>
/// The product's programs of an earlier commit, which an upgrade finds running: built from the history of this repository, and kept in the
/// user's cache.
/// </summary>
public static class EarlierPrograms
{
    /// <summary>The last commit whose programs have the protocol number before that of these.</summary>
    public const string OfNumberBefore = "476614c45bf0ea12a4c8be847b1aed0e368d5ca2";

    private const string Marker = "built";

    // A machine that runs other tests meanwhile.
    private static readonly TimeSpan _limit = TimeSpan.FromMinutes(10);

    // No server of the build may outlive the test run.
    private static readonly Dictionary<string, string> _environment = new()
    {
        ["MSBUILDDISABLENODEREUSE"] = "1",
        ["DOTNET_CLI_USE_MSBUILD_SERVER"] = "0",
        ["UseSharedCompilation"] = "false",
    };

    /// <summary>Builds them, unless that was done before.</summary>
    /// <returns>The programs, or why they cannot be had.</returns>
    /// <exception cref="LocalServerException">They do not build.</exception>
    public static async Task<(ProductPrograms? Programs, string Missing)> FindAsync(string commit)
    {
        if (!await IsInHistoryAsync(commit))
            return (null, $"{Deployment.Root} has no commit {commit}: a shallow clone, an archive, or no git.");
        var folder = Path.Combine(Cache(), commit);
        Directory.CreateDirectory(folder);
        // One build at a time, also of other test runs.
        await using var turn = await Eventually.HoldsAsync(
            "another build of the same programs", "its end",
            () => Task.FromResult(new FileStream($"{folder}.lock", FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None)), _ => true, _limit);
        if (!File.Exists(Path.Combine(folder, Marker)))
            await BuildAsync(commit, folder);
        return (ProductPrograms.Find(folder), "");
    }

    private static async Task<bool> IsInHistoryAsync(string commit)
    {
        try
        {
            return (await Command.RunAsync("git", ["-C", Deployment.Root, "cat-file", "-e", $"{commit}^{{commit}}"])).IsGood;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }

    private static async Task BuildAsync(string commit, string folder)
    {
        Directory.Delete(folder, recursive: true);
        Directory.CreateDirectory(folder);
        var archive = Path.Combine(folder, "source.tar");
        await RunAsync("git", "-C", Deployment.Root, "archive", "--output", archive, commit);
        await RunAsync("tar", "-xf", archive, "-C", folder);
        string[] dotnet = OperatingSystem.IsLinux() ? ["nice", Node.DotNet] : [Node.DotNet];
        foreach (var project in (string[])["Silo", "Gateway"])
        {
            await RunAsync(
                [.. dotnet, "build", Path.Combine(folder, project), "--configuration", "Release", "--nologo", "-p:RunAnalyzers=false", "-p:NuGetAudit=false"]);
        }
        File.Delete(archive);
        await File.WriteAllTextAsync(Path.Combine(folder, Marker), "");
    }

    private static async Task RunAsync(params string[] words)
    {
        var ended = await Command.RunAsync(words[0], words[1..], environment: _environment, limit: _limit);
        if (!ended.IsGood)
            throw new LocalServerException($"{string.Join(' ', words)}: {ended.Everything}");
    }

    private static string Cache()
    {
        var home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        var cache = Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } named ? named
            : home.Length > 0 ? Path.Combine(home, ".cache")
            : Path.GetTempPath();
        return Path.Combine(cache, "seckill", "programs");
    }
}
