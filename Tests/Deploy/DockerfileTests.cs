using System.Text.Json;
using System.Xml.Linq;

namespace SecKill.Tests.Deploy;

/// <summary>The Dockerfiles: pinned images, no root, every copied file and project present. No engine builds them here.</summary>
public sealed class DockerfileTests
{
    private static readonly string[] _programs = ["Gateway", "Silo"];

    public static TheoryData<string> Programs => [.. _programs];

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
    public void The_image_runs_without_root_or_shell_and_probes_itself(string program)
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
    public void Copied_files_exist_and_pass_dockerignore(string program)
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
    public void The_copied_projects_are_those_the_program_references(string program)
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

    private static string[] Words(string json) => JsonSerializer.Deserialize<string[]>(json)!;
}
