using System.Diagnostics;

namespace SecKill.Tests.Deploy;

/// <summary>Exit code and output of a tool.</summary>
internal sealed record Verdict(int ExitCode, string Output, string Errors)
{
    public bool IsGood => ExitCode == 0;

    public string Everything => $"exit code {ExitCode}\n{Output}\n{Errors}";
}

/// <summary>Runs helm and the schema check; <c>tools/install.sh</c> installs them.</summary>
internal static class Tool
{
    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(60);

    public static string Folder { get; } = Repository.Path("Tests/Deploy/tools");

    /// <summary>Runs a script of that folder in Node.js.</summary>
    public static Task<Verdict> NodeAsync(string script, IReadOnlyList<string> arguments, string input = "")
    {
        var path = Path.Combine(Folder, script);
        return !File.Exists(path)
            ? throw new InvalidOperationException($"{path} is not there. Run ./test.sh once: it installs what the tests need.")
            : RunAsync(Program("node"), [path, .. arguments], input);
    }

    public static string Program(string name) => Installed.Find(name)
        ?? throw new InvalidOperationException($"No {name} is installed. Run ./test.sh once: it installs what the tests need.");

    public static async Task<Verdict> RunAsync(
        string program, IReadOnlyList<string> arguments, string input = "", IReadOnlyDictionary<string, string>? environment = null)
    {
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
        using var expiry = new CancellationTokenSource(_limit);
        try
        {
            await process.WaitForExitAsync(expiry.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"{program} {string.Join(' ', arguments)} still runs after {_limit.TotalSeconds} s.");
        }
        return new Verdict(process.ExitCode, await output, await errors);
    }
}
