using System.Text.Json;
using System.Xml.Linq;
using SecKill.Tests.LocalServers.Servers;
using Xunit;

namespace SecKill.Tests.Deploy;

/// <summary>
/// The Dockerfiles, without an engine to build them: read by the parser of Docker's own editor support, and held to what they
/// must have. hadolint comes as a downloaded program only, so its rules that matter here are spelled out below.
/// </summary>
public sealed class DockerfileTests
{
    private static readonly string[] _programs = ["Gateway", "Silo"];

    public static TheoryData<string> Programs => [.. _programs];

    [Theory, MemberData(nameof(Programs))]
    public async Task The_linter_finds_no_fault(string program)
    {
        var verdict = await LintAsync(Repository.Path($"{program}/Dockerfile"));
        Assert.True(verdict.IsGood && verdict.Output.Trim() is "" or "[]", verdict.Everything);
    }

    [Fact]
    public async Task The_linter_sees_a_misspelt_instruction_and_an_unknown_flag()
    {
        var file = Path.Combine(RunFolder.Create("dockerfile"), "Dockerfile");
        await File.WriteAllTextAsync(file, Repository.Read("Silo/Dockerfile")
            .Replace("EXPOSE ", "EXPOSED ", StringComparison.Ordinal).Replace("COPY --from=build", "COPY --form=build", StringComparison.Ordinal), TestContext.Current.CancellationToken);
        var verdict = await LintAsync(file);
        Assert.Contains("EXPOSED", verdict.Everything, StringComparison.Ordinal);
        Assert.Contains("form", verdict.Everything, StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(Programs))]
    public void Images_are_pinned_and_of_one_release(string program)
    {
        var images = Dockerfile.Read($"{program}/Dockerfile").Instructions.Where(instruction => instruction.Word == "FROM").Select(from => from.Arguments[0]).ToArray();
        // As global.json and the projects' target framework.
        using var global = JsonDocument.Parse(Repository.Read("global.json"));
        var release = string.Join('.', global.RootElement.GetProperty("sdk").GetProperty("version").GetString()!.Split('.')[..2]);
        Assert.Equal([$"mcr.microsoft.com/dotnet/sdk:{release}-noble", $"mcr.microsoft.com/dotnet/aspnet:{release}-noble-chiseled"], images);
    }

    [Theory, MemberData(nameof(Programs))]
    public void The_image_runs_as_nobody_special_without_a_shell_and_asks_itself_how_it_is(string program)
    {
        var stage = Dockerfile.Read($"{program}/Dockerfile").LastStage;
        Assert.DoesNotContain(stage, instruction => instruction.Word is "RUN" or "SHELL" or "ADD");
        var user = Assert.Single(stage, instruction => instruction.Word == "USER").Arguments[0];
        Assert.True(int.Parse(user, System.Globalization.CultureInfo.InvariantCulture) > 0, user);
        Assert.Equal(["dotnet", $"/app/SecKill.{program}.dll"], Words(Assert.Single(stage, instruction => instruction.Word == "ENTRYPOINT").Rest));
        var health = Assert.Single(stage, instruction => instruction.Word == "HEALTHCHECK").Rest;
        var probe = Words(health[health.IndexOf('[', StringComparison.Ordinal)..]);
        Assert.Equal(["dotnet", $"/app/SecKill.{program}.dll", "--probe"], probe[..3]);
        Assert.Equal(ServiceDefaults.HealthChecks.Health.ReadyPath, new Uri(probe[3]).AbsolutePath);
        Assert.Contains(stage, instruction => instruction.Word == "LABEL" && instruction.Rest.Contains("org.opencontainers.image.title", StringComparison.Ordinal));
        Assert.All(stage.Where(instruction => instruction.Flags.ContainsKey("chown")), copy => Assert.Equal($"{user}:{user}", copy.Flags["chown"]));
    }

    [Theory, MemberData(nameof(Programs))]
    public void Whatever_is_copied_is_there_and_is_let_through_to_the_builder(string program)
    {
        var ignored = Repository.Read(".dockerignore").Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        var sources = Dockerfile.Read($"{program}/Dockerfile").Instructions
            .Where(instruction => instruction.Word == "COPY" && !instruction.Flags.ContainsKey("from"))
            .SelectMany(copy => copy.Arguments.SkipLast(1)).ToArray();
        Assert.NotEmpty(sources);
        Assert.All(sources, source =>
        {
            Assert.True(Path.Exists(Repository.Path(source)), source);
            Assert.Contains($"!{source.Split('/')[0]}", ignored);
        });
        Assert.Contains("**/.env*", ignored);
    }

    [Theory, MemberData(nameof(Programs))]
    public void The_projects_that_are_copied_are_those_that_the_program_is_built_of(string program)
    {
        var copies = Dockerfile.Read($"{program}/Dockerfile").Instructions.Where(instruction => instruction.Word == "COPY").SelectMany(copy => copy.Arguments).ToArray();
        var projects = new SortedSet<string>(StringComparer.Ordinal);
        Collect($"{program}/{program}.csproj");
        Assert.Equal(projects, copies.Where(path => path.EndsWith(".csproj", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
        Assert.All(projects, project => Assert.Contains($"{Path.GetDirectoryName(project)}/", copies));

        void Collect(string project)
        {
            if (!projects.Add(project))
                return;
            foreach (var reference in XDocument.Parse(Repository.Read(project)).Descendants("ProjectReference"))
                Collect(Path.GetRelativePath(Repository.Path(""), Path.GetFullPath(Path.Combine(Repository.Path(Path.GetDirectoryName(project)!), reference.Attribute("Include")!.Value.Replace('\\', '/')))));
        }
    }

    private static Task<Verdict> LintAsync(string file) => Tool.NodeAsync("node_modules/dockerfile-utils/bin/dockerfile-utils", ["lint", "--json", file]);

    private static string[] Words(string json) => JsonSerializer.Deserialize<string[]>(json)!;
}
