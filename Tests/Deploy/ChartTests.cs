using System.Globalization;
using k8s.Models;
using SecKill.ServiceDefaults.Hosting;

namespace SecKill.Tests.Deploy;

/// <summary>Helm renders the chart with every set of values, and the result fits the schemas of Kubernetes.</summary>
public sealed class ChartTests
{
    private static readonly string _stores = Repository.Read("deploy/helm/stores-to-try.yaml");

    public static TheoryData<string> ValueSets => [.. Chart.ValueSets];

    [Fact]
    public void The_chart_is_of_the_version_of_the_programs() =>
        Assert.Contains($"\nappVersion: \"{ProductVersion.Number}\"\n", Repository.Read("deploy/helm/seckill/Chart.yaml"), StringComparison.Ordinal);

    [Fact]
    public void The_chart_says_the_protocol_number_of_the_programs() =>
        Assert.Contains(
            string.Create(CultureInfo.InvariantCulture, $"\n  seckill/protocol: \"{Protocol.Number}\"\n"), Repository.Read("deploy/helm/seckill/Chart.yaml"), StringComparison.Ordinal);

    [Theory, MemberData(nameof(ValueSets))]
    public async Task Helm_finds_no_fault_in_the_chart(string values)
    {
        var verdict = await Helm.RunAsync("lint", "--strict", Chart.Folder, "--values", Path.Combine(Chart.Folder, values));
        Assert.True(verdict.IsGood, verdict.Everything);
    }

    [Fact]
    public async Task Kubernetes_knows_every_field_of_the_stores_to_try_it_with_and_they_are_where_it_looks()
    {
        var stores = Manifests.Read(_stores);
        var secret = Assert.Single((await Chart.ReadAsync("ci/try-values.yaml")).Of<V1Secret>()).StringData;
        Assert.Equal(["mysql", "redis"], stores.Of<V1Service>().Select(service => service.Metadata.Name).Order());
        Assert.StartsWith("redis:6379", secret["redis"], StringComparison.Ordinal);
        Assert.StartsWith("Server=mysql;", secret["mysql"], StringComparison.Ordinal);
        Assert.All(stores.Of<V1Service>(), service =>
        {
            var pod = Assert.Single(stores.Pods(), pod => service.Spec.Selector.All(label => pod.Labels[label.Key] == label.Value));
            Assert.Equal(service.Spec.Ports[0].Port, Assert.Single(Assert.Single(pod.Spec.Containers).Ports).ContainerPort);
            Assert.True(pod.Spec.SecurityContext.RunAsNonRoot);
        });
    }

    [Fact]
    public async Task What_the_chart_makes_is_valid_by_the_schemas_of_Kubernetes()
    {
        var rendered = await Task.WhenAll(Chart.ValueSets.Select(Chart.RenderAsync));
        // With the stores that are there to try it with.
        var verdict = await Tool.NodeAsync("kubernetes-schema.mjs", [], string.Join("\n---\n", rendered.Append(_stores)));
        Assert.True(verdict.IsGood, verdict.Everything);
    }

    [Fact]
    public async Task The_package_of_the_chart_makes_the_same_as_its_folder()
    {
        var folder = RunFolder.Create("package");
        var verdict = await Helm.RunAsync("package", Chart.Folder, "--destination", folder);
        Assert.True(verdict.IsGood, verdict.Everything);
        var values = Path.Combine(Chart.Folder, "ci/production-values.yaml");
        Assert.Equal(
            await Chart.RenderAsync("ci/production-values.yaml"),
            await Helm.TemplateAsync(Assert.Single(Directory.GetFiles(folder, "*.tgz")), "--values", values));
    }
}
