using System.ComponentModel.DataAnnotations;
using System.Reflection;
using System.Text.Json;
using k8s;
using k8s.Models;
using Microsoft.Extensions.Hosting;
using SecKill.Gateway.Hosting;
using SecKill.ServiceDefaults.Configuration;
using SecKill.ServiceDefaults.HealthChecks;

namespace SecKill.Tests.Deploy;

/// <summary>The chart's objects fit each other and the programs.</summary>
public sealed class ChartObjectsTests
{
    // For operators and orchestrators. Every other documented path is public.
    private static readonly string[] _innerPaths = ["/api/admin", "/health"];

    public static TheoryData<string> ValueSets => [.. Chart.ValueSets];

    [Theory, MemberData(nameof(ValueSets))]
    public async Task Every_selector_finds_the_pods_of_its_component_and_no_others(string values)
    {
        var chart = await Chart.ReadAsync(values);
        IEnumerable<(V1ObjectMeta Owner, IDictionary<string, string> Selector)> selectors =
        [
            .. chart.Of<V1Deployment>().Select(owner => (owner.Metadata, owner.Spec.Selector.MatchLabels)),
            .. chart.Of<V1Service>().Select(owner => (owner.Metadata, owner.Spec.Selector)),
            .. chart.Of<V1PodDisruptionBudget>().Select(owner => (owner.Metadata, owner.Spec.Selector.MatchLabels)),
            .. chart.Of<V1NetworkPolicy>().Select(owner => (owner.Metadata, owner.Spec.PodSelector.MatchLabels)),
            .. chart.Of<PodMonitor>().Select(owner => (owner.Metadata!, owner.Spec!.Selector!.MatchLabels)),
        ];
        Assert.All(selectors, selector =>
        {
            var component = selector.Owner.Labels["app.kubernetes.io/component"];
            var found = chart.Pods().Where(pod => selector.Selector.All(label => pod.Labels.TryGetValue(label.Key, out var is_) && is_ == label.Value));
            Assert.Equal(chart.Deployment(component).Metadata.Name, Assert.Single(found).Owner);
        });
    }

    [Theory, MemberData(nameof(ValueSets))]
    public async Task Every_port_that_is_named_is_a_port_of_the_container(string values)
    {
        var chart = await Chart.ReadAsync(values);
        var (gateway, silo) = (Ports(chart.Container("gateway")), Ports(chart.Container("silo")));
        Assert.Equal(ListensOn("Gateway/Dockerfile"), gateway["http"]);
        Assert.Equal(ListensOn("Silo/Dockerfile"), silo["http"]);
        Assert.Equal(new SiloSettings().Port, silo["silo"]);
        Assert.Equal(new SiloSettings().GatewayPort, silo["gateway"]);

        var service = Assert.Single(chart.Of<V1Service>());
        Assert.Contains(Assert.Single(service.Spec.Ports).TargetPort.Value, gateway.Keys);
        Assert.All(chart.Of<V1Ingress>().SelectMany(ingress => ingress.Spec.Rules).SelectMany(rule => rule.Http.Paths), path =>
        {
            Assert.Equal(service.Metadata.Name, path.Backend.Service.Name);
            Assert.Equal(service.Spec.Ports[0].Name, path.Backend.Service.Port.Name);
        });
        Assert.All(chart.Of<V1NetworkPolicy>(), policy =>
            Assert.All(policy.Spec.Ingress.SelectMany(rule => rule.Ports), port =>
                Assert.Contains(port.Port.Value, (policy.Metadata.Name.EndsWith("-silo", StringComparison.Ordinal) ? silo : gateway).Keys)));
        foreach (var (container, ports) in new[] { (chart.Container("gateway"), gateway), (chart.Container("silo"), silo) })
            Assert.All(Probes(container), probe => Assert.Contains(probe.HttpGet.Port.Value, ports.Keys));
    }

    [Theory, MemberData(nameof(ValueSets))]
    public async Task Probes_ask_what_the_programs_answer(string values)
    {
        var chart = await Chart.ReadAsync(values);
        foreach (var container in new[] { chart.Container("gateway"), chart.Container("silo") })
        {
            Assert.Equal(Health.StartupPath, container.StartupProbe.HttpGet.Path);
            Assert.Equal(Health.LivePath, container.LivenessProbe.HttpGet.Path);
            Assert.Equal(Health.ReadyPath, container.ReadinessProbe.HttpGet.Path);
        }
    }

    [Theory, MemberData(nameof(ValueSets))]
    public async Task A_pod_has_more_time_to_stop_than_its_program_takes(string values)
    {
        var chart = await Chart.ReadAsync(values);
        var host = new HostOptions().ShutdownTimeout;
        var longestGrace = TimeSpan.Parse((string)typeof(ShutdownOptions).GetProperty(nameof(ShutdownOptions.Grace))!
            .GetCustomAttribute<RangeAttribute>()!.Maximum, System.Globalization.CultureInfo.InvariantCulture);
        var grace = TimeSpan.Parse(Environment(chart.Container("gateway"))["Shutdown__Grace"].Value, System.Globalization.CultureInfo.InvariantCulture);
        Assert.InRange(grace, TimeSpan.Zero, longestGrace);
        Assert.All(chart.Of<V1Deployment>(), deployment => Assert.True(
            TimeSpan.FromSeconds(deployment.Spec.Template.Spec.TerminationGracePeriodSeconds!.Value) >= host + longestGrace + TimeSpan.FromSeconds(10),
            $"{deployment.Metadata.Name}: {deployment.Spec.Template.Spec.TerminationGracePeriodSeconds} s"));
    }

    [Theory, MemberData(nameof(ValueSets))]
    public async Task Every_variable_of_a_container_is_a_setting_of_its_program(string values)
    {
        var chart = await Chart.ReadAsync(values);
        foreach (var component in new[] { "gateway", "silo" })
        {
            var text = SettingsPage.Of(component);
            Assert.All(Environment(chart.Container(component)).Keys, name =>
                Assert.Contains(name.Replace("__", ":", StringComparison.Ordinal), text, StringComparison.Ordinal));
        }
    }

    [Theory, MemberData(nameof(ValueSets))]
    public async Task Secrets_come_by_reference_and_a_silo_is_known_by_the_address_of_its_pod(string values)
    {
        var chart = await Chart.ReadAsync(values);
        foreach (var container in new[] { chart.Container("gateway"), chart.Container("silo") })
        {
            Assert.All(container.Env.Where(variable => variable.Name.StartsWith("ConnectionStrings__", StringComparison.Ordinal)
                || variable.Name.EndsWith("Key", StringComparison.Ordinal)), variable => Assert.NotNull(variable.ValueFrom.SecretKeyRef));
        }
        Assert.Equal("status.podIP", Environment(chart.Container("silo"))["Silo__AdvertisedAddress"].ValueFrom.FieldRef.FieldPath);
        Assert.DoesNotContain("ConnectionStrings__MySql", Environment(chart.Container("gateway")).Keys);
        Assert.DoesNotContain("Auth__SigningKey", Environment(chart.Container("silo")).Keys);

        // The chart makes a Secret for trials only, with every key that is referenced.
        var references = chart.Pods().SelectMany(pod => pod.Spec.Containers).SelectMany(container => container.Env ?? [])
            .Select(variable => variable.ValueFrom?.SecretKeyRef).OfType<V1SecretKeySelector>();
        if (values == "ci/try-values.yaml")
        {
            var secret = Assert.Single(chart.Of<V1Secret>());
            Assert.All(references, reference => Assert.True(reference.Name == secret.Metadata.Name && secret.StringData.ContainsKey(reference.Key), reference.Key));
        }
        else
        {
            Assert.Empty(chart.Of<V1Secret>());
        }
    }

    [Theory, MemberData(nameof(ValueSets))]
    public async Task Every_pod_meets_the_restricted_standard_and_writes_nowhere_but_in_tmp(string values)
    {
        var chart = await Chart.ReadAsync(values);
        Assert.All(chart.Pods(), pod =>
        {
            Assert.True(pod.Spec.SecurityContext.RunAsNonRoot);
            Assert.Equal("RuntimeDefault", pod.Spec.SecurityContext.SeccompProfile.Type);
            Assert.False(pod.Spec.AutomountServiceAccountToken);
            Assert.All(pod.Spec.Containers, container =>
            {
                Assert.False(container.SecurityContext.AllowPrivilegeEscalation);
                Assert.True(container.SecurityContext.ReadOnlyRootFilesystem);
                Assert.Equal(["ALL"], container.SecurityContext.Capabilities.Drop);
                Assert.Null(container.SecurityContext.Capabilities.Add);
                Assert.Equal("/tmp", Assert.Single(container.VolumeMounts).MountPath);
                Assert.True(container.Resources.Requests.ContainsKey("cpu") && container.Resources.Limits.ContainsKey("memory"), pod.Owner);
            });
        });
    }

    [Fact]
    public async Task The_outside_reaches_the_documented_routes_and_none_of_the_inside()
    {
        var chart = await Chart.ReadAsync("ci/production-values.yaml");
        var paths = Assert.Single(Assert.Single(chart.Of<V1Ingress>()).Spec.Rules).Http.Paths;
        bool IsPassed(string path) => paths.Any(rule => rule.PathType == "Exact" ? path == rule.Path : path == rule.Path || path.StartsWith(rule.Path.TrimEnd('/') + "/", StringComparison.Ordinal));
        using var document = JsonDocument.Parse(Repository.Read("docs/reference/openapi.json"));
        var documented = document.RootElement.GetProperty("paths").EnumerateObject().Select(path => path.Name)
            .ToLookup(path => Array.Exists(_innerPaths, inner => path.StartsWith(inner, StringComparison.Ordinal)));
        Assert.All(["/", "/api/users/bob/coupons/a%2Fb", "/docs", "/openapi.json", .. documented[false]],
            path => Assert.True(IsPassed(path), $"{path} is missing in ingress.paths of the chart's values."));
        var page = Repository.Path("Gateway/Page/Web");
        Assert.All(Directory.GetFiles(page, "*", SearchOption.AllDirectories),
            file => Assert.True(IsPassed("/" + Path.GetRelativePath(page, file).Replace('\\', '/')), $"{file}: its path is missing in ingress.paths of the chart's values."));
        Assert.All(["/metrics", "/Metrics", "/dashboard", "/dashboard/index.html", "/API/Admin/audit", .. documented[true]], path => Assert.False(IsPassed(path), path));
    }

    [Fact]
    public async Task Rules_jobs_and_dashboards_are_those_of_the_other_deployments()
    {
        var chart = await Chart.ReadAsync("ci/production-values.yaml");
        foreach (var rules in new[] { "recording", "alerts" })
        {
            var file = KubernetesYaml.Deserialize<Dictionary<string, List<object>>>(Repository.Read($"deploy/prometheus/{rules}.yml"));
            var rule = Assert.Single(chart.Of<PrometheusRule>(), rule => rule.Metadata!.Name.EndsWith($"-{rules}", StringComparison.Ordinal));
            // Except for the address of the repository, a value of the chart.
            Assert.Equal(
                KubernetesYaml.Serialize(file).Replace("runbook_url: docs/", "runbook_url: https://git.example.com/seckill/blob/v0.1.0/docs/", StringComparison.Ordinal),
                KubernetesYaml.Serialize(rule.Spec!));
        }
        var jobs = chart.Of<PodMonitor>().SelectMany(monitor => monitor.Spec!.PodMetricsEndpoints!).SelectMany(endpoint => endpoint.Relabelings!);
        Assert.All(jobs, job => Assert.Contains($"job_name: {job.Replacement}\n", Repository.Read("deploy/prometheus/prometheus.yml"), StringComparison.Ordinal));

        var files = Directory.GetFiles(Repository.Path("deploy/grafana/dashboards"), "*.json");
        Assert.NotEmpty(files);
        var shown = chart.Of<V1ConfigMap>().Where(map => map.Metadata.Labels.ContainsKey("grafana_dashboard")).SelectMany(map => map.Data).ToDictionary();
        Assert.Equal(files.Select(Path.GetFileName).Order(), shown.Keys.Order());
        Assert.All(files, file => Assert.Equal(File.ReadAllText(file).TrimEnd(), shown[Path.GetFileName(file)].TrimEnd()));
    }

    private static Dictionary<string, int> Ports(V1Container container) => container.Ports.ToDictionary(port => port.Name, port => port.ContainerPort);

    private static V1Probe[] Probes(V1Container container) => [container.StartupProbe, container.LivenessProbe, container.ReadinessProbe];

    private static Dictionary<string, V1EnvVar> Environment(V1Container container) => container.Env.ToDictionary(variable => variable.Name);

    private static int ListensOn(string dockerfile) =>
        new Uri(Dockerfile.Read(dockerfile).Variables["ASPNETCORE_URLS"].Replace("+", "localhost", StringComparison.Ordinal)).Port;
}
