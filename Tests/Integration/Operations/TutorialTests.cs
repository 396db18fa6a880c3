using System.Text.RegularExpressions;

namespace SecKill.Tests.Integration.Operations;

/// <summary>What docs/guide/tutorial.md does by the API.</summary>
public sealed partial class TutorialTests(SharedDeployments shared) : IDisposable
{
    private static readonly TimeSpan _limit = TimeSpan.FromMinutes(2);

    private readonly string _folder = RunFolder.Create("tutorial");

    public void Dispose() => RunFolder.Delete(_folder);

    [Fact]
    public async Task Its_commands_run_as_they_stand_and_are_answered_as_it_says()
    {
        var deployment = await shared.EmbeddedAsync();
        var page = await File.ReadAllTextAsync(Path.Combine(Deployment.Root, "docs/guide/tutorial.md"), TestContext.Current.CancellationToken);
        var blocks = BlockPattern().Matches(page[page.IndexOf("\n## 3. ", StringComparison.Ordinal)..page.IndexOf("\n## 6. ", StringComparison.Ordinal)])
            .Select(block => block.Groups[1].Value).ToLookup(block => block.StartsWith("HTTP/", StringComparison.Ordinal) || block.StartsWith('{'));
        // Whom part 2 has registered.
        var api = new ApiClient(deployment.Address);
        foreach (var (name, kind) in new[] { ("ruth", Tokens.Seller), ("carol", Tokens.Customer) })
            Expect.Created(await api.RegisterAsync(name, "pw", kind));
        // A reader takes some time for each block.
        var script = Path.Combine(_folder, "commands.sh");
        await File.WriteAllTextAsync(
            script, "exec > answers\n" + string.Join("sleep 1\n", blocks[false]).Replace("localhost:20080", deployment.Address.Authority, StringComparison.Ordinal), TestContext.Current.CancellationToken);

        await using var shell = await ServerProcess.StartAsync(new ServerCommand("bash", "-e", script) { WorkingDirectory = _folder });

        Assert.True(await shell.ExitedAsync(_limit) == 0, shell.Output);
        var heard = await File.ReadAllTextAsync(Path.Combine(_folder, "answers"), TestContext.Current.CancellationToken);
        var answers = Comparable(heard);
        var said = blocks[true].SelectMany(block => block.Split('\n', StringSplitOptions.RemoveEmptyEntries)).Select(line => Comparable(line.Split('…')[0].Trim())).ToList();
        Assert.True(said.Count > 10, "Which answers does the tutorial tell?");
        Assert.All(said, line => Assert.Contains(line, answers, StringComparison.Ordinal));
        // The export, and the digest of it that is computed beside.
        Assert.Equal(EndPattern().Match(heard).Groups[1].Value, DigestPattern().Match(heard).Groups[1].Value);
    }

    /// <summary>Times and numbers differ each time.</summary>
    private static string Comparable(string text) => NumberPattern().Replace(text, "#");

    [GeneratedRegex("```\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex BlockPattern();

    [GeneratedRegex(@"\d+")]
    private static partial Regex NumberPattern();

    [GeneratedRegex("end,2,([0-9a-f]{64}),")]
    private static partial Regex EndPattern();

    [GeneratedRegex("^([0-9a-f]{64})  -$", RegexOptions.Multiline)]
    private static partial Regex DigestPattern();
}
