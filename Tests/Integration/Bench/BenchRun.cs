using System.Text.Json.Nodes;

namespace SecKill.Tests.Integration.Bench;

/// <summary>One run of the load tool, as a user starts it.</summary>
/// <param name="ExitCode">What it ended with.</param>
/// <param name="Output">What it wrote to both of its outputs.</param>
/// <param name="Result">The JSON it wrote, if it did.</param>
public sealed record BenchRun(int ExitCode, string Output, JsonNode? Result)
{
    private static readonly TimeSpan _limit = TimeSpan.FromMinutes(5);

    /// <summary>Runs a command of <c>research</c> to its end.</summary>
    public static Task<BenchRun> OfResearchAsync(params string[] arguments) => RunAsync("Research", signingKey: null, arguments);

    /// <summary>Runs it to its end; without the signing key of some developer's shell.</summary>
    public static Task<BenchRun> RunAsync(byte[]? signingKey, params string[] arguments) => RunAsync("Bench", signingKey, arguments);

    private static async Task<BenchRun> RunAsync(string project, byte[]? signingKey, string[] arguments)
    {
        var json = NewFile();
        try
        {
            await using var process = await StartAsync(project, signingKey, [.. arguments, "--json", json], inTerminal: false);
            return await EndedAsync(process, json);
        }
        finally
        {
            File.Delete(json);
        }
    }

    /// <summary>Runs a command that has no result but its output.</summary>
    public static async Task<BenchRun> RunPlainAsync(byte[]? signingKey, params string[] arguments)
    {
        await using var process = await StartAsync(signingKey, arguments);
        return await EndedAsync(process, json: null);
    }

    /// <summary>Starts it without waiting for its end.</summary>
    /// <param name="signingKey">The server's key; null for none.</param>
    /// <param name="arguments">The command line.</param>
    /// <param name="inTerminal">Whether it receives Ctrl+C, unlike a shell's background jobs.</param>
    public static Task<ServerProcess> StartAsync(byte[]? signingKey, IReadOnlyList<string> arguments, bool inTerminal = false) =>
        StartAsync("Bench", signingKey, arguments, inTerminal);

    private static Task<ServerProcess> StartAsync(string project, byte[]? signingKey, IReadOnlyList<string> arguments, bool inTerminal)
    {
        var program = Deployment.BuiltProgram(project);
        if (!File.Exists(program))
            throw new InvalidOperationException($"{program} is not built; build the solution, not just the tests.");
        string[] words = [.. inTerminal ? (string[])["env", "--default-signal=INT"] : [], Node.DotNet, program, .. arguments];
        return ServerProcess.StartAsync(new ServerCommand(words[0], words[1..])
        {
            Environment = new Dictionary<string, string?> { ["Auth__SigningKey"] = signingKey is null ? null : Convert.ToBase64String(signingKey), ["SECKILL_URL"] = null },
        });
    }

    /// <summary>Waits for its end.</summary>
    public static async Task<BenchRun> EndedAsync(ServerProcess process, string? json)
    {
        var code = await process.ExitedAsync(_limit);
        return new BenchRun(code, process.Output, json is not null && File.Exists(json) ? JsonNode.Parse(await File.ReadAllTextAsync(json)) : null);
    }

    /// <summary>Where nothing is yet.</summary>
    public static string NewFile() => Path.Combine(Path.GetTempPath(), $"seckill-bench-{Guid.NewGuid():N}");

    /// <summary>A number of the result, by its path such as <c>claims.won</c>.</summary>
    public double Number(string path) => Find(path).GetValue<double>();

    /// <summary>Something of the result, by its path.</summary>
    public JsonNode Find(string path)
    {
        var node = Result;
        foreach (var name in path.Split('.'))
            node = node?[name];
        return node ?? throw new InvalidOperationException($"The result has no {path}. The tool wrote:\n{Output}\n{Result}");
    }
}
