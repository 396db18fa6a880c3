using System.Net;
using System.Net.Sockets;
using System.Reflection;
using System.Text.RegularExpressions;
using SecKill.Bench.Deployments;
using SecKill.Tests.Servers;

namespace SecKill.Bench.Cluster;

/// <summary>nginx before the gateways, with the configuration that is deployed (<c>deploy/nginx</c>), its addresses aside.</summary>
/// <param name="program">nginx.</param>
/// <param name="folder">For its files.</param>
/// <param name="port">Where it listens, on loopback.</param>
internal sealed partial class Proxy(string program, string folder, int port) : IAsyncDisposable
{
    private static readonly TimeSpan _startLimit = TimeSpan.FromSeconds(30);
    private ServerProcess? _process;

    /// <summary>Where nginx is installed, or null.</summary>
    public static string? Program { get; } = Installed.Find("nginx");

    /// <summary>Where clients ask.</summary>
    public Uri Address { get; } = new($"http://localhost:{port}");

    /// <summary>Whether it has ended by itself.</summary>
    public bool HasEnded => _process is { HasExited: true };

    /// <summary>What it wrote.</summary>
    public string Output => _process?.Output ?? "";

    /// <summary>Starts it before these gateways.</summary>
    /// <exception cref="BenchException">It does not start.</exception>
    public async Task StartAsync(IReadOnlyList<Member> gateways)
    {
        Directory.CreateDirectory(folder);
        await WriteAsync(gateways);
        _process = await ServerProcess.StartAsync(new ServerCommand("setsid", program, "-p", folder, "-e", "stderr", "-c", Configuration)
        {
            // Workers do not notice that their master was killed, and that is how it ends if this process is.
            AfterExit = "kill -s KILL -- \"-$server\"",
        });
        try
        {
            await Tests.Eventually.EqualAsync($"nginx listens at {Address}", true, ListensAsync, _startLimit);
        }
        catch (Tests.EventuallyException failure)
        {
            throw new BenchException($"{failure.Message}. It wrote: {_process.Output}");
        }
    }

    /// <summary>Sends to these gateways from now on; what is under way to others ends there.</summary>
    public async Task LeadAsync(IReadOnlyList<Member> gateways)
    {
        await WriteAsync(gateways);
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

    private async Task WriteAsync(IReadOnlyList<Member> gateways)
    {
        await using var resource = Assembly.GetExecutingAssembly().GetManifestResourceStream("nginx.conf")!;
        using var reader = new StreamReader(resource);
        var servers = string.Join("\n        ", gateways.Select(gateway => $"server 127.0.0.1:{gateway.Node.Address.Port} max_fails=3 fail_timeout=2s;"));
        var deployed = await reader.ReadToEndAsync();
        var local = Resolver().Replace(deployed, "");
        local = Replace(local, Servers(), servers);
        local = Replace(local, Listen(), $"listen 127.0.0.1:{port};");
        local = InTemporaryFolder().Replace(local, "");
        // As root, workers would be somebody else, who may not enter the folder.
        var user = Environment.IsPrivilegedProcess ? "user root;\n" : "";
        await File.WriteAllTextAsync(Configuration, $"daemon off;\n{user}{local}");
    }

    private static string Replace(string text, Regex what, string by) => what.IsMatch(text)
        ? what.Replace(text, by, 1)
        : throw new BenchException($"deploy/nginx/nginx.conf has changed: it has no {what} any more.");

    private async Task<bool> ListensAsync()
    {
        if (_process!.HasExited)
            throw new Tests.EventuallyException("nginx ended while starting");
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, port);
        return true;
    }

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
