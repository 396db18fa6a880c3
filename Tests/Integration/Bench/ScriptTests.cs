using System.Net.Sockets;
using System.Text.RegularExpressions;

namespace SecKill.Tests.Integration.Bench;

/// <summary>The scripts in the root: what can be told at once is told before anything is built or installed.</summary>
public sealed partial class ScriptTests : IDisposable
{
    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(30);
    private readonly string _tools = RunFolder.Create("scripts");

    public void Dispose() => RunFolder.Delete(_tools);

    [Theory]
    [InlineData("demo.sh", "demo", "--help")]
    [InlineData("demo.sh", "demo", "--port", "8080", "-h")]
    [InlineData("cluster.sh", "cluster", "--help")]
    [InlineData("cluster.sh", "scale", "prove", "--help")]
    [InlineData("test.sh", null, "--help")]
    [InlineData("drill.sh", null, "--help")]
    public async Task Help_is_given_at_once_and_names_every_option(string script, string? command, params string[] arguments)
    {
        var (code, output) = await RunAsync(script, arguments);

        Assert.Equal(0, code);
        Assert.StartsWith($"./{script} ", output, StringComparison.Ordinal);
        if (command is null)
            return;
        var help = await BenchRun.RunPlainAsync(signingKey: null, command, "--help");
        var options = OptionPattern().Matches(help.Output).Select(option => option.Groups[1].Value).Except(["--product", "--help"]).ToList();
        Assert.True(options.Count >= 5, help.Output);
        Assert.All(options, option => Assert.Contains(option, output, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("demo.sh", "--port", "{0}")]
    [InlineData("demo.sh", "--users", "30", "--port={0}")]
    [InlineData("cluster.sh", "--fresh", "--port", "{0}")]
    public async Task A_port_that_is_taken_is_told_at_once(string script, params string[] arguments)
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var port = $"{((IPEndPoint)taken.LocalEndpoint).Port}";

        Assert.Equal(
            (1, $"Port {port} is taken by another process. Stop that one, or choose another port with --port."),
            await RunAsync(script, [.. arguments.Select(argument => argument.Replace("{0}", port, StringComparison.Ordinal))]));
    }

    /// <summary>With commands that fail in the place of those that build and install.</summary>
    private async Task<(int Code, string Output)> RunAsync(string script, string[] arguments)
    {
        foreach (var tool in (string[])["dotnet", "apt-get", "npm"])
        {
            var file = Path.Combine(_tools, tool);
            await File.WriteAllTextAsync(file, "#!/bin/sh\necho \"$0 was called\"\nexit 97\n", TestContext.Current.CancellationToken);
            if (!OperatingSystem.IsWindows())
                File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        }
        await using var process = await ServerProcess.StartAsync(new ServerCommand("bash", [Path.Combine(Deployment.Root, script), .. arguments])
        {
            Environment = new Dictionary<string, string?> { ["PATH"] = $"{_tools}:{Environment.GetEnvironmentVariable("PATH")}" },
        });
        return (await process.ExitedAsync(_limit), process.Output);
    }

    [GeneratedRegex(@"^  (?:-\S, )?(--[a-z-]+)", RegexOptions.Multiline)]
    private static partial Regex OptionPattern();
}
