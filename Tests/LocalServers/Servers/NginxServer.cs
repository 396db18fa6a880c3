using System.Text.RegularExpressions;

namespace SecKill.Tests.LocalServers.Servers;

/// <summary>nginx before local gateways, with the deployed configuration except for addresses and folders.</summary>
/// <param name="deployed">What <c>deploy/nginx/nginx.conf</c> says.</param>
public sealed partial class NginxServer(string deployed, string folder, int port) : IAsyncDisposable
{
    private static readonly TimeSpan _startLimit = TimeSpan.FromSeconds(60);
    private ServerProcess? _process;
    private int[] _gateways = [];

    /// <summary>The path of nginx, or null.</summary>
    public static string? Program { get; } = Installed.Find("nginx");

    /// <summary>The address for clients.</summary>
    public Uri Address { get; } = new($"http://localhost:{port}");

    /// <summary>Whether it has ended by itself.</summary>
    public bool HasEnded => _process is { HasExited: true };

    /// <summary>What it wrote.</summary>
    public string Output => _process?.Output ?? "";

    /// <summary>Starts it before the gateways at these ports of loopback.</summary>
    /// <exception cref="InvalidOperationException">It is not installed, or does not start.</exception>
    public async Task StartAsync(IEnumerable<int> gateways)
    {
        var program = Program ?? throw Installed.Missing("nginx");
        Directory.CreateDirectory(folder);
        await WriteAsync([.. gateways]);
        _process = await ServerProcess.StartAsync(Command(program, folder, Configuration), "nginx", () => ServerProcess.ListensAsync(port), _startLimit);
    }

    /// <summary>Runs nginx in the foreground, in its own folder.</summary>
    public static ServerCommand Command(string program, string folder, string configuration) =>
        new("setsid", program, "-p", folder, "-e", "stderr", "-c", configuration)
        {
            // Workers survive a killed master, and the master is killed if this process is.
            AfterExit = "kill -s KILL -- \"-$server\"",
        };

    /// <summary>Sends to these gateways from now on; what is under way to others ends there.</summary>
    public async Task LeadAsync(IEnumerable<int> gateways)
    {
        int[] now = [.. gateways];
        // Only if changed: replaced workers close connections that clients are about to use.
        if (now.SequenceEqual(_gateways))
            return;
        await WriteAsync(now);
        if (_process is not null)
            await _process.SignalAsync("HUP");
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
            await _process.DisposeAsync();
        _process = null;
    }

    private string Configuration => Path.Combine(folder, "nginx.conf");

    private async Task WriteAsync(int[] gateways)
    {
        _gateways = gateways;
        var servers = string.Join("\n        ", gateways.Select(gateway => $"server 127.0.0.1:{gateway} max_fails=3 fail_timeout=2s;"));
        var local = Replace(deployed, Resolver(), "");
        local = Replace(local, Servers(), servers);
        local = Replace(local, Listen(), $"listen 127.0.0.1:{port};");
        local = Replace(local, InTemporaryFolder(), "");
        // Started by root, workers would run as another user, who may not enter the folder.
        var user = Environment.IsPrivilegedProcess ? "user root;\n" : "";
        await File.WriteAllTextAsync(Configuration, $"daemon off;\n{user}{local}");
    }

    private static string Replace(string text, Regex what, string by) => what.IsMatch(text)
        ? what.Replace(text, by)
        : throw new InvalidOperationException($"deploy/nginx/nginx.conf has changed: it has no {what} any more.");

    [GeneratedRegex(@"^\s*resolver .*;", RegexOptions.Multiline)]
    private static partial Regex Resolver();

    [GeneratedRegex(@"server gateway:20080 .*;")]
    private static partial Regex Servers();

    [GeneratedRegex(@"listen 20080\b.*;")]
    private static partial Regex Listen();

    // Without it, nginx writes relative to its folder, the prefix.
    [GeneratedRegex(@"(?<=^pid |_temp_path )/tmp/", RegexOptions.Multiline)]
    private static partial Regex InTemporaryFolder();
}
