namespace SecKill.Tests.LocalServers.Servers;

/// <summary>What to run: a command, its environment and a clean-up command.</summary>
public sealed record ServerCommand(string Program, params IReadOnlyList<string> Arguments)
{
    /// <summary>A null value takes the variable away.</summary>
    public IReadOnlyDictionary<string, string?> Environment { get; init; } = new Dictionary<string, string?>();

    public string? WorkingDirectory { get; init; }

    /// <summary>A shell command for when it has ended; a container outlives the killed client that started it.</summary>
    public string? AfterExit { get; init; }
}

/// <summary>
/// A child process that cannot outlive the test run, not even when the run is ended by <c>kill -9</c>:
/// a shell between the two kills the server as soon as its own standard input closes.
/// </summary>
public sealed class ServerProcess : IAsyncDisposable
{
    // Lines on standard input are signals to send, its end means kill. The server tells its own pid before
    // it becomes the server (exec). A background process of sh reads from /dev/null, hence descriptor 3. A signal to all of the
    // run's processes (as timeout sends it) ends neither of the two shells: a server that is frozen would outlive them. Only the
    // second one ignores it, for the server would inherit that.
    private const string Wrapper = """
        trap '' INT
        trap : TERM HUP
        exec 3<&0
        sh -c 'echo "$$"; exec "$@"' server "$@" 3<&- </dev/null &
        server=$!
        { trap '' TERM HUP; while read -r signal; do kill -s "$signal" "$server"; done; kill -s KILL "$server"; } <&3 >/dev/null 2>&1 &
        watcher=$!
        exec 3<&-
        while wait "$server"; code=$?; kill -0 "$server" 2>/dev/null; do :; done
        kill -s KILL "$watcher"
        if [ -n "$AFTER_EXIT" ]; then eval "$AFTER_EXIT" >/dev/null 2>&1; fi
        exit "$code"
        """;

    // In a session of its own: Ctrl+C in a terminal is a signal to all of its foreground, and would stop databases before those who use
    // them. Not a leader of a group, it becomes the shell (exec), so that both have one pid.
    private static readonly string[] _shell = OperatingSystem.IsLinux() ? ["setsid", "/bin/sh"] : ["/bin/sh"];

    private readonly Process _wrapper;
    private static readonly TimeSpan _diesWithin = TimeSpan.FromSeconds(60);
    private readonly RecentOutput _output;
    private readonly RecentOutput _errors;
    private readonly Task _outputRead;

    private ServerProcess(Process wrapper, RecentOutput output, RecentOutput errors, Task outputRead, int pid)
    {
        _wrapper = wrapper;
        _output = output;
        _errors = errors;
        _outputRead = outputRead;
        Pid = pid;
    }

    /// <summary>The server's own, not the shell's around it.</summary>
    public int Pid { get; }

    public bool HasExited => _wrapper.HasExited;

    /// <summary>Only after it has ended; 128 and the signal's number if a signal ended it.</summary>
    public int ExitCode => _wrapper.ExitCode;

    /// <summary>What it wrote to both of its outputs, in the order of arrival, which need not be that of writing.</summary>
    public string Output => _output.ToString();

    /// <summary>What it wrote to its standard error, in order.</summary>
    public string Errors => _errors.ToString();

    public static async Task<ServerProcess> StartAsync(ServerCommand command)
    {
        var start = new ProcessStartInfo(_shell[0], [.. _shell[1..], "-c", Wrapper, "wrapper", command.Program, .. command.Arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = command.WorkingDirectory ?? "",
        };
        start.Environment["AFTER_EXIT"] = command.AfterExit;
        foreach (var (name, value) in command.Environment)
            start.Environment[name] = value;

        var wrapper = Process.Start(start) ?? throw new InvalidOperationException($"Cannot start {command.Program}.");
        var firstLine = await wrapper.StandardOutput.ReadLineAsync();
        if (!int.TryParse(firstLine, out var pid))
            throw new InvalidOperationException($"{command.Program} did not start: {firstLine}");

        var (output, errors) = (new RecentOutput(), new RecentOutput());
        wrapper.ErrorDataReceived += (_, line) =>
        {
            output.Add(line.Data);
            errors.Add(line.Data);
        };
        wrapper.BeginErrorReadLine();
        return new ServerProcess(wrapper, output, errors, PumpAsync(wrapper.StandardOutput, output), pid);
    }

    /// <summary>Starts a server and waits until it is ready.</summary>
    /// <param name="isReady">Whether it is; an exception counts as not yet.</param>
    /// <exception cref="LocalServerException">It ended, or is not ready in time.</exception>
    public static async Task<ServerProcess> StartAsync(ServerCommand command, string name, Func<Task<bool>> isReady, TimeSpan limit)
    {
        var process = await StartAsync(command);
        try
        {
            await Eventually.EqualAsync(
                $"{name} is ready", true, () => process.HasExited ? throw new EventuallyException($"{name} ended while starting") : isReady(), limit);
            return process;
        }
        catch (EventuallyException failure)
        {
            var output = process.Output;
            await process.DisposeAsync();
            throw new LocalServerException($"{failure.Message}. It wrote last:\n{output}", failure);
        }
    }

    /// <summary>Whether a server listens on a port of loopback; throws if not.</summary>
    public static async Task<bool> ListensAsync(int port)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, port);
        return true;
    }

    /// <summary>SIGKILL, and no return before the process is gone.</summary>
    public async Task KillAsync()
    {
        await SignalAsync("KILL");
        await WaitForExitAsync(_diesWithin);
    }

    /// <summary>SIGTERM, then the time an orderly shutdown takes; after the limit it is an error and the process is killed.</summary>
    public async Task StopAsync(TimeSpan? limit = null)
    {
        await SignalAsync("TERM");
        try
        {
            await WaitForExitAsync(limit ?? TimeSpan.FromSeconds(30));
        }
        catch (TimeoutException)
        {
            await KillAsync();
            throw;
        }
    }

    /// <summary>Waits until it ends by itself; its last output has then arrived.</summary>
    public async Task<int> ExitedAsync(TimeSpan limit)
    {
        await WaitForExitAsync(limit);
        await _outputRead;
        return ExitCode;
    }

    /// <summary>Sends a signal by its name without SIG, such as STOP and CONT. After STOP has returned, the process is stopped.</summary>
    public async Task SignalAsync(string name)
    {
        if (HasExited)
            return;
        try
        {
            await _wrapper.StandardInput.WriteLineAsync(name);
            await _wrapper.StandardInput.FlushAsync();
            if (name == "STOP" && OperatingSystem.IsLinux())
                await Eventually.EqualAsync($"process {Pid} stops", 'T', StateAsync, _diesWithin);
        }
        catch (Exception error) when (error is IOException or ObjectDisposedException)
        {
            // It ended by itself in between, or its input is closed and it is being killed.
        }
    }

    /// <summary>The shell's around it.</summary>
    public int WrapperPid => _wrapper.Id;

    /// <summary>What the end of the test run does, however it ends.</summary>
    public void CloseInput() => _wrapper.StandardInput.Close();

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        _wrapper.Dispose();
    }

    /// <summary>Of proc(5): the letter after the name, which is in parentheses and may hold any.</summary>
    private async Task<char> StateAsync()
    {
        var stat = await File.ReadAllTextAsync($"/proc/{Pid}/stat");
        return stat[stat.LastIndexOf(')') + 2];
    }

    public async Task WaitForExitAsync(TimeSpan limit)
    {
        using var expiry = new CancellationTokenSource(limit);
        try
        {
            await _wrapper.WaitForExitAsync(expiry.Token);
        }
        catch (OperationCanceledException)
        {
            throw new TimeoutException($"Process {Pid} is still alive {limit.TotalSeconds} s after the signal. It wrote last:\n{Output}");
        }
    }

    // Not BeginOutputReadLine: it cannot be mixed with the synchronous read of the first line.
    private static async Task PumpAsync(StreamReader reader, RecentOutput output)
    {
        try
        {
            while (await reader.ReadLineAsync() is { } line)
                output.Add(line);
        }
        catch (Exception error) when (error is IOException or ObjectDisposedException)
        {
            // Disposed while a last line was on its way; it is not needed.
        }
    }
}
