namespace SecKill.Tests.LocalServers.Servers;

/// <summary>A private Redis or MySQL; port and data survive a restart.</summary>
public abstract class StoreServer(string name, TimeSpan startLimit) : IAsyncDisposable
{
    private static readonly TimeSpan _stopLimit = TimeSpan.FromSeconds(90);
    private readonly bool _isKept;
    private string? _folder;
    private ServerProcess? _process;

    /// <summary>Its address.</summary>
    public string Address { get; init; } = "127.0.0.1";

    public int Port { get; } = FreePort.Next();

    /// <summary>The data folder. A given one is kept on disposal.</summary>
    public string Folder
    {
        get => _folder ??= RunFolder.Create(name);
        init => (_folder, _isKept) = (Directory.CreateDirectory(value).FullName, true);
    }

    public abstract string ConnectionString { get; }

    public int Pid => _process?.Pid ?? throw new InvalidOperationException($"{name} does not run.");

    public bool IsRunning => _process is { HasExited: false };

    /// <summary>What it wrote last.</summary>
    public string Output => _process?.Output ?? "";

    public async Task StartAsync() => _process = await ServerProcess.StartAsync(await CommandAsync(), name, AnswersAsync, startLimit);

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

    /// <summary>Freezes (STOP) or resumes (CONT) the server: a store that hangs instead of refusing.</summary>
    public Task SignalAsync(string signal) => _process?.SignalAsync(signal) ?? Task.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        await KillAsync();
        if (_folder is not null && !_isKept)
            RunFolder.Delete(_folder);
    }

    protected abstract Task<ServerCommand> CommandAsync();

    /// <summary>Whether it serves.</summary>
    protected abstract Task<bool> AnswersAsync();
}
