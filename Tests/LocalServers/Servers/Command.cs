namespace SecKill.Tests.LocalServers.Servers;

/// <summary>A command that was run to its end.</summary>
public sealed record Command(int ExitCode, string Output, string Errors)
{
    private static readonly TimeSpan _limit = TimeSpan.FromMinutes(2);

    /// <summary>Whether it ended well.</summary>
    public bool IsGood => ExitCode == 0;

    /// <summary>All that it said, for a message.</summary>
    public string Everything => $"exit code {ExitCode}\n{Output}\n{Errors}";

    /// <summary>Runs a command; how it ended is for the caller to judge.</summary>
    /// <param name="limit">For its end; two minutes if null.</param>
    /// <exception cref="TimeoutException">It did not end, and was killed.</exception>
    public static async Task<Command> RunAsync(
        string program, IEnumerable<string> arguments, string input = "", IReadOnlyDictionary<string, string>? environment = null, TimeSpan? limit = null)
    {
        var endsWithin = limit ?? _limit;
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
            start.Environment[name] = value;
        using var process = Process.Start(start) ?? throw new InvalidOperationException($"Cannot start {program}.");
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        try
        {
            await process.StandardInput.WriteAsync(input);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It ended without reading its input; the exit code says why.
        }
        using var expiry = new CancellationTokenSource(endsWithin);
        try
        {
            await process.WaitForExitAsync(expiry.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"{program} {string.Join(' ', start.ArgumentList)} still runs after {endsWithin.TotalSeconds} s.");
        }
        return new Command(process.ExitCode, await output, await errors);
    }

    /// <summary>Runs a command that must end well.</summary>
    /// <returns>What it wrote to its output.</returns>
    public static async Task<string> OutputOfAsync(
        string program, IEnumerable<string> arguments, string input = "", IReadOnlyDictionary<string, string>? environment = null)
    {
        var command = await RunAsync(program, arguments, input, environment);
        return command.IsGood ? command.Output : throw new InvalidOperationException($"{program}: {command.Everything}");
    }
}
