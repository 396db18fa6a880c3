using System.Text.Json;
using System.Text.Json.Nodes;
using k8s;

namespace SecKill.Tests.Deploy;

/// <summary>The chart's schema refuses wrong values before they reach a cluster.</summary>
public sealed class ChartValuesTests
{
    [Theory]
    [InlineData("silo.replica=3", "replica")]
    [InlineData("silo.replicas=many", "replicas")]
    [InlineData("silo.replicas=-1", "replicas")]
    [InlineData("silo.terminationGracePeriodSeconds=30", "terminationGracePeriodSeconds")]
    [InlineData("gateway.terminationGracePeriodSeconds=30", "terminationGracePeriodSeconds")]
    [InlineData("gateway.shutdownGraceSeconds=21", "shutdownGraceSeconds")]
    [InlineData("gateway.service.type=ExternalName", "type")]
    [InlineData("gateway.service.port=70000", "port")]
    [InlineData("gateway.trustedProxies=ingress", "trustedProxies")]
    [InlineData("gateway.podDisruptionBudget.maxUnavailable=0", "maxUnavailable")]
    [InlineData("gateway.env.Auth__SigningKey=abc", "Auth__SigningKey")]
    [InlineData("gateway.podLabels.app\\.kubernetes\\.io/name=other", "app.kubernetes.io/name")]
    [InlineData("secrets.redis.name=", "name")]
    [InlineData("development.createSecret=true", "redis")]
    [InlineData("development.adminKey=short", "adminKey")]
    [InlineData("image.registry=registry.example.com", "registry")]
    [InlineData("image.pullPolicy=Sometimes", "pullPolicy")]
    [InlineData("ingress.paths[0].path=/metrics", "paths")]
    [InlineData("ingress.paths[0].path=/Dashboard/", "paths")]
    [InlineData("ingress.paths[0].path=/api/admin/audit", "paths")]
    [InlineData("ingress.paths[0].pathType=Prefix", "paths")]
    [InlineData("networkPolicy.redis.ports[0]=redis", "ports")]
    [InlineData("monitoring.podMonitor.interval=often", "interval")]
    [InlineData("monitoring.podMonitor.interval=30s", "interval")]
    [InlineData("gateway.env.Telemetry__MetricsPort=9100", "Telemetry__MetricsPort")]
    [InlineData("gateway.env.Silo__CoHosted=true", "Silo__CoHosted")]
    public async Task A_wrong_value_is_refused_by_name(string value, string named)
    {
        // Setting one part of a list entry replaces the list, so set both halves of a path.
        var other = value.StartsWith("ingress.paths[0].path=", StringComparison.Ordinal) ? "ingress.paths[0].pathType=Exact" : "ingress.paths[0].path=/";
        var verdict = await Helm.RunAsync("template", "sale", Chart.Folder, "--set", other, "--set", value);
        Assert.False(verdict.IsGood, $"{value} was taken.");
        Assert.Contains("values don't meet the specifications of the schema", verdict.Errors, StringComparison.Ordinal);
        Assert.Contains(named, verdict.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public void The_schema_knows_every_value_and_lets_no_other_in()
    {
        var schema = JsonNode.Parse(Repository.Read("deploy/helm/seckill/values.schema.json"))!;
        var values = JsonSerializer.SerializeToNode(KubernetesYaml.Deserialize<object>(Repository.Read("deploy/helm/seckill/values.yaml")))!;
        Assert.Equal(Names(values).Append("global").Order(), Names(schema["properties"]!).Order());
        foreach (var part in new[] { "gateway", "silo", "ingress", "networkPolicy", "monitoring", "secrets", "development", "image", "cluster", "serviceAccount" })
        {
            Assert.Equal(Names(values[part]!).Order(), Names(schema["properties"]![part]!["properties"]!).Order());
            Assert.False(schema["properties"]![part]!["additionalProperties"]!.GetValue<bool>(), part);
        }
    }

    private static IEnumerable<string> Names(JsonNode node) => node.AsObject().Select(property => property.Key);
}
