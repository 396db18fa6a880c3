using System.Text.RegularExpressions;
using YamlDotNet.Core;
using YamlDotNet.Serialization;

namespace SecKill.Tests.Deploy;

/// <summary>docker-compose.yml: confinement, versions, ports, variables. No engine runs it here.</summary>
public sealed partial class ComposeTests
{
    private static readonly Lazy<Compose> _compose = new(Compose.Read);

    public static TheoryData<string> Services => [.. _compose.Value.Services.Keys];

    [Theory, MemberData(nameof(Services))]
    public void Every_service_is_confined_bounded_and_watched(string name)
    {
        var service = _compose.Value.Services[name];
        Assert.Equal(["ALL"], List(service["cap_drop"]));
        Assert.Equal(["no-new-privileges:true"], List(service["security_opt"]));
        Assert.Equal("unless-stopped", service["restart"]);
        Assert.Contains("test", Map(service["healthcheck"]).Keys);
        Assert.Contains("stop_grace_period", service.Keys);
        var limits = Map(Map(Map(service["deploy"])["resources"])["limits"]);
        Assert.Equal(["memory", "pids"], limits.Keys.Order());
        Assert.DoesNotContain("privileged", service.Keys);
        // Mounted from the checkout: to be read only. What is written goes into a volume or a tmpfs.
        Assert.All(List(service.GetValueOrDefault("volumes")).Where(volume => volume.StartsWith("./", StringComparison.Ordinal)), volume =>
        {
            Assert.EndsWith(":ro", volume, StringComparison.Ordinal);
            Assert.True(Path.Exists(Repository.Path(volume.Split(':')[0][2..])), volume);
        });
        // MySQL and Grafana write beside their volumes.
        if (name is not ("mysql" or "grafana"))
            Assert.Equal("true", service["read_only"]);
    }

    [Theory, MemberData(nameof(Services))]
    public void An_image_is_built_here_or_has_a_version(string name)
    {
        var service = _compose.Value.Services[name];
        if (service.TryGetValue("build", out var build))
            Assert.True(File.Exists(Repository.Path((string)Map(build)["dockerfile"])));
        else
            Assert.Matches(@"^[a-z/]+:v?\d+\.\d+", (string)service["image"]);
    }

    [Fact]
    public void Only_nginx_is_open_to_other_machines()
    {
        var open = _compose.Value.Services.Where(service =>
            List(service.Value.GetValueOrDefault("ports")).Any(port => !port.StartsWith("127.0.0.1:", StringComparison.Ordinal)));
        Assert.Equal("nginx", Assert.Single(open).Key);
    }

    [Fact]
    public void Prometheus_and_Grafana_are_optional_and_Grafana_needs_a_password()
    {
        var services = _compose.Value.Services;
        var onDemand = services.Where(service => service.Value.ContainsKey("profiles")).ToDictionary();
        Assert.Equal(["grafana", "prometheus"], onDemand.Keys.Order());
        Assert.All(onDemand.Values, service => Assert.Equal(["observability"], List(service["profiles"])));
        var grafana = Map(services["grafana"]["environment"]);
        Assert.StartsWith("${GRAFANA_PASSWORD:?", (string)grafana["GF_SECURITY_ADMIN_PASSWORD"], StringComparison.Ordinal);
        Assert.Equal("false", grafana["GF_AUTH_ANONYMOUS_ENABLED"]);
    }

    [Fact]
    public void Every_variable_is_explained_and_those_that_must_be_set_are_said_to_be_missing()
    {
        var used = Variable().Matches(_compose.Value.Text).Select(match => (Name: match.Groups[1].Value, IsNeeded: match.Groups[2].Value == ":?")).ToHashSet();
        var example = Repository.Read(".env.example").Split('\n');
        var needed = example.Where(line => line.Length > 0 && line[0] is >= 'A' and <= 'Z').Select(line => line.Split('=')[0]).Order();
        var optional = example.Where(line => Regex.IsMatch(line, "^#[A-Z_]+=")).Select(line => line[1..].Split('=')[0]).Order();
        Assert.Equal(needed, used.Where(variable => variable.IsNeeded).Select(variable => variable.Name).Order());
        Assert.Equal(optional, used.Where(variable => !variable.IsNeeded).Select(variable => variable.Name).Order());
    }

    [Theory]
    [InlineData("gateway")]
    [InlineData("silo")]
    public void Every_variable_of_our_programs_is_a_setting_of_theirs(string name)
    {
        var text = SettingsPage.Of(name);
        var service = _compose.Value.Services[name];
        Assert.All(Map(service["environment"]).Keys, variable =>
            Assert.Contains(variable.Replace("__", ":", StringComparison.Ordinal), text, StringComparison.Ordinal));
        // They take up to 30 s.
        Assert.True(int.Parse(((string)service["stop_grace_period"]).TrimEnd('s'), System.Globalization.CultureInfo.InvariantCulture) > 30);
    }

    private static Dictionary<string, object> Map(object value) =>
        ((Dictionary<object, object>)value).ToDictionary(entry => (string)entry.Key, entry => entry.Value);

    private static string[] List(object? value) => value is null ? [] : [.. ((List<object>)value).Cast<string>()];

    [GeneratedRegex(@"(?<!\$)\$\{([A-Z_]+)(:[?-])")]
    private static partial Regex Variable();

    private sealed record Compose(string Text, IReadOnlyDictionary<string, Dictionary<string, object>> Services)
    {
        public static Compose Read()
        {
            var text = Repository.Read("docker-compose.yml");
            var parser = new MergingParser(new YamlDotNet.Core.Parser(new StringReader(text)));
            var file = new DeserializerBuilder().Build().Deserialize<Dictionary<object, object>>(parser);
            return new Compose(text, Map(file["services"]).ToDictionary(service => service.Key, service => Map(service.Value)));
        }
    }
}
