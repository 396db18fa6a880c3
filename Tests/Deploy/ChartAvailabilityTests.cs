using k8s.Models;
using SecKill.Grains.Ledger;

namespace SecKill.Tests.Deploy;

/// <summary>A sale survives rollouts, node drains, scaling and slow starts.</summary>
public sealed class ChartAvailabilityTests
{
    public static TheoryData<string> ValueSets => [.. Chart.ValueSets];

    [Theory, MemberData(nameof(ValueSets))]
    public async Task A_rollout_and_a_drained_node_leave_others_at_work(string values)
    {
        var chart = await Chart.ReadAsync(values);
        Assert.All(chart.Of<V1Deployment>(), deployment => Assert.Equal("0", deployment.Spec.Strategy.RollingUpdate.MaxUnavailable.Value));
        Assert.All(chart.Of<V1PodDisruptionBudget>(), budget =>
        {
            // Silos that are not ready may hold unpersisted claims.
            var isSilo = budget.Metadata.Labels["app.kubernetes.io/component"] == "silo";
            Assert.Equal(isSilo ? "IfHealthyBudget" : "AlwaysAllow", budget.Spec.UnhealthyPodEvictionPolicy);
            var least = Least(chart, budget.Metadata.Name);
            var text = budget.Spec.MaxUnavailable.Value;
            var mayGo = text.EndsWith('%')
                ? (int)Math.Ceiling(least * int.Parse(text[..^1], System.Globalization.CultureInfo.InvariantCulture) / 100.0)
                : int.Parse(text, System.Globalization.CultureInfo.InvariantCulture);
            Assert.InRange(mayGo, 1, least - 1);
        });
    }

    [Theory, MemberData(nameof(ValueSets))]
    public async Task An_autoscaler_has_its_deployment_to_itself_and_silos_leave_one_by_one(string values)
    {
        var chart = await Chart.ReadAsync(values);
        var autoscalers = chart.Of<V2HorizontalPodAutoscaler>().ToDictionary(autoscaler => autoscaler.Spec.ScaleTargetRef.Name);
        Assert.Subset(chart.Of<V1Deployment>().Select(deployment => deployment.Metadata.Name).ToHashSet(), autoscalers.Keys.ToHashSet());
        Assert.All(chart.Of<V1Deployment>(), deployment => Assert.Equal(autoscalers.ContainsKey(deployment.Metadata.Name), deployment.Spec.Replicas is null));
        Assert.All(autoscalers.Values, autoscaler => Assert.InRange(autoscaler.Spec.MinReplicas!.Value, 2, autoscaler.Spec.MaxReplicas));
        Assert.All(autoscalers.Where(autoscaler => autoscaler.Key.EndsWith("-silo", StringComparison.Ordinal)), autoscaler =>
        {
            var down = autoscaler.Value.Spec.Behavior.ScaleDown;
            var policy = Assert.Single(down.Policies);
            Assert.Equal(("Pods", 1), (policy.Type, policy.Value));
            // The next silo goes after this one had its full time to stop.
            Assert.True(policy.PeriodSeconds >= chart.Deployment("silo").Spec.Template.Spec.TerminationGracePeriodSeconds);
        });
    }

    [Theory, MemberData(nameof(ValueSets))]
    public async Task A_rollout_waits_for_the_slowest_start_that_the_probe_allows(string values)
    {
        var chart = await Chart.ReadAsync(values);
        Assert.All(chart.Of<V1Deployment>(), deployment =>
        {
            var probe = Assert.Single(deployment.Spec.Template.Spec.Containers).StartupProbe;
            Assert.InRange(probe.PeriodSeconds!.Value * probe.FailureThreshold!.Value, (int)SqlLedger.UpgradeTimeout.TotalSeconds + 60, deployment.Spec.ProgressDeadlineSeconds!.Value - 60);
        });
    }

    [Theory, MemberData(nameof(ValueSets))]
    public async Task Clients_keep_their_addresses_where_the_gateways_are_open_to_the_outside(string values)
    {
        var service = Assert.Single((await Chart.ReadAsync(values)).Of<V1Service>());
        Assert.Equal(service.Spec.Type == "ClusterIP" ? null : "Local", service.Spec.ExternalTrafficPolicy);
    }

    private static int Least(Manifests chart, string deployment) =>
        chart.Of<V2HorizontalPodAutoscaler>().SingleOrDefault(autoscaler => autoscaler.Spec.ScaleTargetRef.Name == deployment)?.Spec.MinReplicas
        ?? chart.Of<V1Deployment>().Single(one => one.Metadata.Name == deployment).Spec.Replicas!.Value;
}
