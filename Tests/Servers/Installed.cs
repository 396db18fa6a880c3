using System.Diagnostics;

namespace SecKill.Tests.Servers;

/// <summary>Finds a server program on this machine, or a container engine that can stand in for it.</summary>
internal static class Installed
{
    private static readonly string[] _usualFolders = ["/usr/sbin", "/usr/local/sbin", "/usr/bin", "/usr/local/bin", "/opt/homebrew/bin"];
    private static readonly Lazy<bool> _dockerAnswers = new(AskDocker);

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

    public static InvalidOperationException Missing(string server) =>
        new($"No {server} is installed and no Docker engine answers. Run ./test.sh once: it installs what the tests need.");

    private static bool AskDocker()
    {
        if (Find("docker") is not { } docker)
            return false;
        using var info = Process.Start(new ProcessStartInfo(docker, ["info", "--format", "{{.ServerVersion}}"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        // An engine that does not answer must not hold up the run.
        if (info.WaitForExit(TimeSpan.FromSeconds(10)))
            return info.ExitCode == 0;
        info.Kill();
        return false;
    }
}
