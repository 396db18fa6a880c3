using k8s;
using k8s.Models;

namespace SecKill.Tests.Deploy;

/// <summary>Kubernetes objects, read strictly: an unknown or doubled field is an error.</summary>
internal sealed class Manifests
{
    // Types of the Prometheus operator.
    private static readonly Dictionary<string, Type> _operators = new()
    {
        ["monitoring.coreos.com/v1/PodMonitor"] = typeof(PodMonitor),
        ["monitoring.coreos.com/v1/PrometheusRule"] = typeof(PrometheusRule),
    };

    private Manifests(IReadOnlyList<object> all) => All = all;

    public IReadOnlyList<object> All { get; }

    /// <exception cref="YamlDotNet.Core.YamlException">A field is unknown, is there twice, or has another type.</exception>
    public static Manifests Read(string yaml) => new(KubernetesYaml.LoadAllFromString(yaml, _operators, strict: true));

    public IEnumerable<T> Of<T>() => All.OfType<T>();

    public V1Deployment Deployment(string component) =>
        Of<V1Deployment>().Single(deployment => deployment.Metadata.Labels["app.kubernetes.io/component"] == component);

    public V1Container Container(string component) => Deployment(component).Spec.Template.Spec.Containers.Single();

    /// <summary>Pods of Deployments and StatefulSets, and single pods.</summary>
    public IEnumerable<(string Owner, IDictionary<string, string> Labels, V1PodSpec Spec)> Pods() =>
    [
        .. Of<V1Deployment>().Select(owner => (owner.Metadata.Name, owner.Spec.Template.Metadata.Labels, owner.Spec.Template.Spec)),
        .. Of<V1StatefulSet>().Select(owner => (owner.Metadata.Name, owner.Spec.Template.Metadata.Labels, owner.Spec.Template.Spec)),
        .. Of<V1Pod>().Select(pod => (pod.Metadata.Name, pod.Metadata.Labels, pod.Spec)),
    ];
}

/// <summary>The fields of the Prometheus operator's PodMonitor that the chart uses.</summary>
public sealed class PodMonitor
{
    public string? ApiVersion { get; set; }
    public string? Kind { get; set; }
    public V1ObjectMeta? Metadata { get; set; }
    public PodMonitorSpec? Spec { get; set; }
}

public sealed class PodMonitorSpec
{
    public V1LabelSelector? Selector { get; set; }
    public List<PodMetricsEndpoint>? PodMetricsEndpoints { get; set; }
}

public sealed class PodMetricsEndpoint
{
    public string? Port { get; set; }
    public string? Path { get; set; }
    public string? Interval { get; set; }
    public List<Relabeling>? Relabelings { get; set; }
}

public sealed class Relabeling
{
    public string? TargetLabel { get; set; }
    public string? Replacement { get; set; }
}

/// <summary>The Prometheus operator's PrometheusRule; groups as in Prometheus' own files.</summary>
public sealed class PrometheusRule
{
    public string? ApiVersion { get; set; }
    public string? Kind { get; set; }
    public V1ObjectMeta? Metadata { get; set; }
    public Dictionary<string, List<object>>? Spec { get; set; }
}
