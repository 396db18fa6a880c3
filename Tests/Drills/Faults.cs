using SecKill.Tests.Deployments;

namespace SecKill.Tests.Drills;

/// <summary>Something terrible, and its end.</summary>
/// <param name="Name">As the report calls it.</param>
/// <param name="StrikeAsync">Lets it happen; returns when it has.</param>
/// <param name="HealAsync">Makes all well again; returns when it is.</param>
internal sealed record Fault(string Name, Func<Task> StrikeAsync, Func<Task> HealAsync);

/// <summary>What can happen to the parts of a cluster. Which part it is, is decided by the drill's seed.</summary>
internal static class Faults
{
    public static Fault KillSilo(Drill drill) => Of(Any(drill, drill.Cluster.Silos, "silo"), "killed", node => node.KillAsync(), node => node.StartAsync());

    public static Fault KillGateway(Drill drill) => Of(Any(drill, drill.Cluster.GatewayNodes, "gateway"), "killed", node => node.KillAsync(), node => node.StartAsync());

    public static Fault StopSilo(Drill drill) => Of(Any(drill, drill.Cluster.Silos, "silo"), "stopped", node => node.StopAsync(), node => node.StartAsync());

    public static Fault StopGateway(Drill drill) => Of(Any(drill, drill.Cluster.GatewayNodes, "gateway"), "stopped", node => node.StopAsync(), node => node.StartAsync());

    /// <summary>A silo that stands still, is taken for dead, and wakes again believing that it is alive.</summary>
    public static Fault FreezeSilo(Drill drill) => Of(
        Any(drill, drill.Cluster.Silos, "silo"), "frozen", node => node.SignalAsync("STOP"), async node =>
        {
            await node.SignalAsync("CONT");
            // Having been declared dead, it ends itself.
            await Eventually.HoldsAsync("the silo is ready again, or has noticed its death", "either", async () => !node.IsRunning || await node.IsReadyAsync(), over => over, _noticed);
            if (!node.IsRunning)
                await node.StartAsync();
        });

    public static Fault FreezeGateway(Drill drill) => Of(
        Any(drill, drill.Cluster.GatewayNodes, "gateway"), "frozen", node => node.SignalAsync("STOP"), node => node.SignalAsync("CONT"));

    public static Fault KillRedis(Drill drill) => new("Redis killed", drill.Cluster.RedisServer.KillAsync, drill.Cluster.RedisServer.StartAsync);

    public static Fault FreezeRedis(Drill drill) => new(
        "Redis frozen", () => drill.Cluster.RedisServer.SignalAsync("STOP"), () => drill.Cluster.RedisServer.SignalAsync("CONT"));

    public static Fault KillMySql(Drill drill) => new("MySQL killed", drill.Cluster.MySqlServer.KillAsync, drill.Cluster.MySqlServer.StartAsync);

    public static Fault FreezeMySql(Drill drill) => new(
        "MySQL frozen", () => drill.Cluster.MySqlServer.SignalAsync("STOP"), () => drill.Cluster.MySqlServer.SignalAsync("CONT"));

    private static readonly TimeSpan _noticed = TimeSpan.FromSeconds(60);

    private static (string Name, Node Node) Any(Drill drill, IReadOnlyList<Node> nodes, string kind)
    {
        var i = drill.Random.Next(nodes.Count);
        return ($"{kind} {i}", nodes[i]);
    }

    private static Fault Of((string Name, Node Node) victim, string what, Func<Node, Task> strike, Func<Node, Task> heal) =>
        new($"{victim.Name} {what}", () => strike(victim.Node), () => heal(victim.Node));
}
