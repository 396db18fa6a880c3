using StackExchange.Redis;

namespace SecKill.Tests.Servers;

/// <summary>A private Redis with the persistence that production is advised to use; port and data survive a restart.</summary>
/// <param name="durable">False for one that keeps nothing, as many run it for a cache.</param>
/// <param name="password">None unless given.</param>
public sealed class RedisServer(bool durable = true, string? password = null) : IAsyncDisposable
{
    private static readonly TimeSpan _startLimit = TimeSpan.FromSeconds(60);
    private readonly int _port = FreePort.Next();
    private ServerProcess? _process;

    public string Folder { get; } = RunFolder.Create("redis");

    public string ConnectionString => $"127.0.0.1:{_port}" + (password is null ? "" : $",password={password}");

    public int Pid => _process?.Pid ?? throw new InvalidOperationException("Redis does not run.");

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

    /// <summary>Freezes (STOP) or wakes (CONT) the server: a Redis that hangs instead of refusing.</summary>
    public Task SignalAsync(string name) => _process?.SignalAsync(name) ?? Task.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        RunFolder.Delete(Folder);
    }

    private ServerCommand Command()
    {
        string[] log = durable ? ["--appendonly", "yes", "--appendfsync", "always"] : ["--appendonly", "no"];
        string[] settings = [.. log, "--maxmemory-policy", "noeviction", "--save", "", "--requirepass", password ?? ""];
        if (Installed.Redis is { } program)
            return new ServerCommand(program, ["--port", $"{_port}", "--bind", "127.0.0.1", "--dir", Folder, .. settings]);
        if (!Installed.Docker)
            throw Installed.Missing("redis-server 7.0 or newer");
        return Container.Command("redis:7", _port, 6379, $"{Folder}:/data", [], ["redis-server", .. settings]);
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
