namespace SecKill.Tests.LocalServers.Deployments;

/// <summary>Runs a program of the product with a test's settings, to check its output and exit code.</summary>
public static class ProductProgram
{
    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(90);

    /// <summary>It does not start: the last line says why and names this, without a stack trace.</summary>
    public static async Task RefusesAsync(string project, Dictionary<string, string?> settings, string naming, Uri? address = null)
    {
        var (code, output, errors) = await RunAsync(project, settings, address);
        Check.That(code is > 0 and < 128, $"exit code {code}: {output}");
        var last = errors.Split('\n')[^1];
        Check.That(last.Contains(naming, StringComparison.Ordinal) && last.StartsWith("Cannot start: ", StringComparison.Ordinal), $"expected a line on {naming}: {output}");
        Check.That(!output.Contains("Unhandled", StringComparison.Ordinal) && !output.Contains("   at ", StringComparison.Ordinal), $"a stack trace: {output}");
    }

    /// <summary>Runs it to its end.</summary>
    public static async Task<(int Code, string Output, string Errors)> RunAsync(
        string project, Dictionary<string, string?> settings, Uri? address = null, params string[] arguments)
    {
        await using var process = await StartAsync(project, settings, address, arguments);
        return (await process.ExitedAsync(_limit), process.Output, process.Errors);
    }

    public static Task<ServerProcess> StartAsync(string project, Dictionary<string, string?> settings, Uri? address, params string[] arguments)
    {
        var program = Deployment.BuiltProgram(project);
        var environment = new Dictionary<string, string?>
        {
            ["ConnectionStrings__Redis"] = null,
            ["ConnectionStrings__MySql"] = null,
            ["ASPNETCORE_URLS"] = (address ?? Deployment.LoopbackAt(FreePort.Next())).OriginalString,
        };
        foreach (var (name, value) in settings)
            environment[name.Replace(":", "__", StringComparison.Ordinal)] = value;
        return ServerProcess.StartAsync(new ServerCommand(Node.DotNet, [program, .. arguments])
        {
            Environment = environment,
            WorkingDirectory = Path.GetDirectoryName(program),
        });
    }
}
