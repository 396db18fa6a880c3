namespace SecKill.Tests.LocalServers.Servers;

/// <summary>Finds a server program on this machine, or a container engine that can stand in for it.</summary>
public static class Installed
{
    private static readonly string[] _usualFolders = ["/usr/sbin", "/usr/local/sbin", "/usr/bin", "/usr/local/bin", "/opt/homebrew/bin"];
    private static readonly Lazy<bool> _dockerAnswers = new(AskDocker);

    private static readonly Lazy<string?> _redis = new(FindRedis);

    /// <summary>A redis-server of version 7.0 or newer; the product refuses older ones.</summary>
    public static string? Redis => _redis.Value;

    public static bool Docker => _dockerAnswers.Value;

    public static string? Find(params ReadOnlySpan<string> programs)
    {
        var folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries);
        foreach (var program in programs)
        {
            foreach (var folder in folders.Concat(_usualFolders))
            {
                var path = Path.Combine(folder, program);
                if (File.Exists(path))
                    return path;
            }
        }
        return null;
    }

    public static LocalServerException Missing(string server) =>
        new($"No {server} is installed and no Docker engine answers. deploy/local/install-servers.sh installs it.");

    private static string? FindRedis()
    {
        if (Find("redis-server") is not { } program)
            return null;
        using var asked = Process.Start(new ProcessStartInfo(program, ["--version"]) { RedirectStandardOutput = true })!;
        // "Redis server v=7.0.15 sha=…"
        var words = asked.StandardOutput.ReadToEnd().Split(' ');
        var version = Array.Find(words, word => word.StartsWith("v=", StringComparison.Ordinal))?[2..];
        return Version.TryParse(version, out var parsed) && parsed.Major >= 7 ? program : null;
    }

    private static bool AskDocker()
    {
        if (Find("docker") is not { } docker)
            return false;
        using var info = Process.Start(new ProcessStartInfo(docker, ["info", "--format", "{{.ServerVersion}}"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        // An unresponsive engine must not block the run.
        if (info.WaitForExit(TimeSpan.FromSeconds(10)))
            return info.ExitCode == 0;
        info.Kill();
        return false;
    }
}
