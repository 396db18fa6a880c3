using System.Globalization;

namespace SecKill.Tests.LocalServers.Deployments;

/// <summary>One process of the product, with its address; it keeps port and settings when it is started again.</summary>
/// <param name="settings">Environment variables; a null value takes one away.</param>
public sealed class Node(string program, Uri address, IReadOnlyDictionary<string, string?> settings) : IAsyncDisposable
{
    private static readonly TimeSpan _startLimit = TimeSpan.FromSeconds(90);
    private static readonly HttpClient _probe = new(new SocketsHttpHandler { UseProxy = false }) { Timeout = TimeSpan.FromSeconds(5) };
    private ServerProcess? _process;

    public Uri Address => address;

    /// <summary>A file for all that it writes, byte by byte; then <see cref="Output"/> is empty.</summary>
    public string? LogFile { get; init; }

    /// <summary>Put before its command: where it is to run, if not here.</summary>
    public Func<IReadOnlyList<string>> Enter { get; init; } = () => [];

    public int Pid => Running.Pid;

    /// <summary>A silo's port for other silos.</summary>
    public int SiloPort => int.Parse(settings["Silo__Port"]!, CultureInfo.InvariantCulture);

    public bool IsRunning => _process is { HasExited: false };

    /// <summary>Only after it has ended.</summary>
    public int ExitCode => Running.ExitCode;

    public string Output => _process?.Output ?? "(not started)";

    private string Name => Path.GetFileNameWithoutExtension(program);

    private ServerProcess Running => _process ?? throw new InvalidOperationException($"The {Name} at {address} does not run.");

    public async Task StartAsync()
    {
        await LaunchAsync();
        await ReadyAsync();
    }

    /// <summary>Starts without waiting, for tests of what a process answers before it is ready.</summary>
    public async Task LaunchAsync()
    {
        if (!File.Exists(program))
            throw new LocalServerException($"{program} is not built; build the solution, not just the tests.");
        await DisposeAsync();
        string[] words = [.. Enter(), DotNet, program];
        var command = LogFile is null
            ? new ServerCommand(words[0], words[1..])
            : new ServerCommand("/bin/sh", ["-c", """exec "$@" >>"$LOG_FILE" 2>&1""", "sh", .. words]);
        _process = await ServerProcess.StartAsync(command with
        {
            WorkingDirectory = Path.GetDirectoryName(program),
            Environment = new Dictionary<string, string?>(settings) { ["ASPNETCORE_URLS"] = address.OriginalString, ["LOG_FILE"] = LogFile },
        });
    }

    public async Task ReadyAsync()
    {
        try
        {
            await Eventually.EqualAsync($"The {Name} at {address} becomes ready", HttpStatusCode.OK, ProbeAsync, _startLimit);
        }
        catch (EventuallyException failure)
        {
            throw new LocalServerException($"{failure.Message}\nIt wrote last:\n{Output}", failure);
        }
    }

    /// <summary>Whether it answers that it is ready; false also where it does not answer.</summary>
    public async Task<bool> IsReadyAsync()
    {
        try
        {
            using var answer = await _probe.GetAsync(new Uri(address, "/health/ready"));
            return answer.IsSuccessStatusCode;
        }
        catch (Exception fault) when (fault is HttpRequestException or OperationCanceledException)
        {
            return false;
        }
    }

    /// <summary>SIGKILL: no shutdown code runs.</summary>
    public async Task KillAsync()
    {
        if (_process is not null)
            await _process.KillAsync();
    }

    /// <summary>SIGTERM and an orderly shutdown.</summary>
    public async Task StopAsync(TimeSpan? limit = null)
    {
        if (_process is not null)
            await _process.StopAsync(limit);
    }

    /// <summary>It ends by itself; its last output has then arrived.</summary>
    public Task EndsAsync(TimeSpan limit) => Running.WaitForExitAsync(limit);

    public Task SignalAsync(string name) => Running.SignalAsync(name);

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
            await _process.DisposeAsync();
    }

    public static string DotNet =>
        Environment.GetEnvironmentVariable("DOTNET_HOST_PATH")
        ?? (Environment.GetEnvironmentVariable("DOTNET_ROOT") is { Length: > 0 } root ? Path.Combine(root, "dotnet") : "dotnet");

    private async Task<HttpStatusCode> ProbeAsync()
    {
        if (Running.HasExited)
            throw new EventuallyException($"The {Name} at {address} ended while starting");
        using var answer = await _probe.GetAsync(new Uri(address, "/health/ready"));
        return answer.StatusCode;
    }
}
