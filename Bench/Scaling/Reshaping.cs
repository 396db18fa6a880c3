using SecKill.Bench.Http;
using SecKill.Bench.Load;
using SecKill.Tests.LocalServers.Deployments;

namespace SecKill.Bench.Scaling;

/// <summary>Changes the cluster's shape during a sale.</summary>
internal static class Reshaping
{
    private static readonly TimeSpan _look = TimeSpan.FromMilliseconds(20);

    /// <summary>Takes a step under load; the load follows the gateways in service.</summary>
    /// <returns>What was done, in words.</returns>
    /// <exception cref="BenchException">It cannot be done.</exception>
    public static async Task<string> ApplyAsync(ScaleStep step, LocalCluster cluster, LoadRun run, CancellationToken stop)
    {
        if (step.Change == Change.Add)
        {
            var added = await cluster.AddAsync(step.Kind);
            await LeadAsync(run, cluster.GatewayMembers, stop);
            return $"{added.Name} joined";
        }
        // The oldest silo has most of the coupons. The first gateway stays: it serves set-up and checks.
        var leaving = step.Kind == MemberKind.Silo ? cluster.SiloMembers[0] : cluster.GatewayMembers[^1];
        if (step.Change == Change.Kill)
        {
            await cluster.KillAsync(leaving);
            await LeadAsync(run, cluster.GatewayMembers, stop);
            return $"{leaving.Name} was killed";
        }
        var stopping = cluster.StopAsync(leaving);
        // As a balancer that checks readiness: it learns from the gateway that it is about to leave.
        while (step.Kind == MemberKind.Gateway && !stopping.IsCompleted && await leaving.Node.IsReadyAsync())
            await Task.Delay(_look, stop);
        await LeadAsync(run, [.. cluster.GatewayMembers.Where(gateway => gateway != leaving)], stop);
        await stopping;
        return $"{leaving.Name} left";
    }

    /// <summary>A gateway's address.</summary>
    public static async Task<Target> TargetAsync(Member gateway, CancellationToken stop)
    {
        var target = Target.Parse(gateway.Node.Address.OriginalString);
        await target.FindAsync(stop);
        return target;
    }

    private static async Task LeadAsync(LoadRun run, IReadOnlyList<Member> gateways, CancellationToken stop) =>
        run.LeadTo(await Task.WhenAll(gateways.Select(gateway => TargetAsync(gateway, stop))));
}
