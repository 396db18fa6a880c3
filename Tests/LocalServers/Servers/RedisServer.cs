using StackExchange.Redis;

namespace SecKill.Tests.LocalServers.Servers;

/// <summary>A private Redis with the persistence advised for production; port and data survive a restart.</summary>
/// <param name="durable">False for no persistence, as for a cache.</param>
/// <param name="password">None unless given.</param>
/// <param name="settings">Further command-line settings.</param>
public sealed class RedisServer(bool durable = true, string? password = null, IReadOnlyList<string>? settings = null) : IAsyncDisposable
{
    private static readonly TimeSpan _startLimit = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan _stopLimit = TimeSpan.FromSeconds(60);
    private readonly bool _isKept;
    private string? _folder;
    private ServerProcess? _process;

    /// <summary>Its address.</summary>
    public string Address { get; init; } = "127.0.0.1";

    /// <summary>Its process' environment.</summary>
    public IReadOnlyDictionary<string, string?> Environment { get; init; } = new Dictionary<string, string?>();

    /// <summary>The data folder. A given one is kept on disposal.</summary>
    public string Folder
    {
        get => _folder ??= RunFolder.Create("redis");
        init => (_folder, _isKept) = (Directory.CreateDirectory(value).FullName, true);
    }

    public int Port { get; } = FreePort.Next();

    public string ConnectionString => $"{Address}:{Port}" + (password is null ? "" : $",password={password}");

    public int Pid => _process?.Pid ?? throw new InvalidOperationException("Redis does not run.");

    public bool IsRunning => _process is { HasExited: false };

    /// <summary>What it wrote last.</summary>
    public string Output => _process?.Output ?? "";

    public async Task StartAsync()
    {
        _process = await ServerProcess.StartAsync(Command());
        await Eventually.EqualAsync("Redis starts", "PONG", PingAsync, _startLimit);
    }

    public async Task KillAsync()
    {
        if (_process is not null)
            await _process.DisposeAsync();
        _process = null;
    }

    /// <summary>In good order.</summary>
    public Task StopAsync() => _process?.StopAsync(_stopLimit) ?? Task.CompletedTask;

    public async Task RestartAsync()
    {
        await KillAsync();
        await StartAsync();
    }

    /// <summary>Loses everything, as a failed disk does; only while Redis is down.</summary>
    public void Wipe()
    {
        if (_process is not null)
            throw new InvalidOperationException("Kill Redis before wiping its data.");
        RunFolder.Delete(Folder);
        Directory.CreateDirectory(Folder);
    }

    /// <summary>Copies its file as it is now; Redis runs on.</summary>
    /// <returns>For <see cref="PutBack"/>.</returns>
    public string CopyFile()
    {
        var copy = RunFolder.Create("redis-copy");
        CopyFolder(Folder, copy);
        return copy;
    }

    /// <summary>Puts an older file in the place of its own; only while Redis is down.</summary>
    public void PutBack(string copy)
    {
        Wipe();
        CopyFolder(copy, Folder);
    }

    /// <summary>Freezes (STOP) or wakes (CONT) the server: a Redis that hangs instead of refusing.</summary>
    public Task SignalAsync(string name) => _process?.SignalAsync(name) ?? Task.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        if (_folder is not null && !_isKept)
            RunFolder.Delete(_folder);
    }

    private static void CopyFolder(string from, string to)
    {
        foreach (var file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
        {
            var copy = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }
    }

    private ServerCommand Command()
    {
        string[] log = durable ? ["--appendonly", "yes", "--appendfsync", "always"] : ["--appendonly", "no"];
        string[] all = [.. log, "--maxmemory-policy", "noeviction", "--save", "", .. settings ?? []];
        if (Installed.Redis is { } program)
            return new ServerCommand(program, [.. SecretFile(), "--port", $"{Port}", "--bind", Address, "--protected-mode", "no", "--dir", Folder, .. all]) { Environment = Environment };
        if (!Installed.Docker)
            throw Installed.Missing("redis-server 7.0 or newer");
        return Container.Command("redis:7", Port, 6379, $"{Folder}:/data", [], ["redis-server", .. all, "--requirepass", password ?? ""]);
    }

    /// <summary>The password is in a file that only its owner may read: command lines are visible to all local users.</summary>
    private string[] SecretFile()
    {
        if (password is null)
            return [];
        var path = Path.Combine(Folder, "redis.conf");
        OwnerOnlyFile.Write(path, $"requirepass {password}\n");
        return [path];
    }

    private async Task<string> PingAsync()
    {
        if (_process!.HasExited)
            throw new EventuallyException($"Redis ended while starting. It wrote last:\n{_process.Output}");
        await using var redis = await ConnectionMultiplexer.ConnectAsync($"{ConnectionString},connectTimeout=1000,connectRetry=0");
        // While the append-only file is read, PING is answered with LOADING.
        return (await redis.GetDatabase().ExecuteAsync("PING")).ToString();
    }
}
