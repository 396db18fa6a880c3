using MySqlConnector;
using SecKill.Grains.Interfaces.Coupons;
using SecKill.Grains.Stock;

namespace SecKill.Tests.Faults.Drills;

/// <summary>A fault and its healing.</summary>
/// <param name="Name">Its name in the report.</param>
/// <param name="StrikeAsync">Injects it; returns once it has happened.</param>
/// <param name="HealAsync">Heals it; returns once healed.</param>
internal sealed record Fault(string Name, Func<Task> StrikeAsync, Func<Task> HealAsync)
{
    /// <summary>A fault with nothing to heal.</summary>
    public static Fault Once(string name, Func<Task> strike) => new(name, strike, () => Task.CompletedTask);
}

/// <summary>Faults of a cluster's parts. The drill's seed selects the part.</summary>
internal static class Faults
{
    private static readonly TimeSpan _farBack = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan _noticed = TimeSpan.FromSeconds(60);

    public static Fault KillSilo(Drill drill) => Of(AnySilo(drill), "killed", node => node.KillAsync(), node => node.StartAsync());

    public static Fault KillGateway(Drill drill) => Of(AnyGateway(drill), "killed", node => node.KillAsync(), node => node.StartAsync());

    public static Fault StopSilo(Drill drill) => Of(AnySilo(drill), "stopped", node => node.StopAsync(), node => node.StartAsync());

    public static Fault StopGateway(Drill drill) => Of(AnyGateway(drill), "stopped", node => node.StopAsync(), node => node.StartAsync());

    /// <summary>A frozen silo, which may be declared dead and then resumes as if alive.</summary>
    public static Fault FreezeSilo(Drill drill) => Of(AnySilo(drill), "frozen", node => node.SignalAsync("STOP"), async node =>
    {
        await node.SignalAsync("CONT");
        await ComesBackAsync(node);
    });

    /// <summary>A silo cut off from the other silos while all reach Redis, MySQL and the gateways; or one cut off from everything.</summary>
    public static Fault CutSiloOff(Drill drill)
    {
        var i = drill.Random.Next(drill.Cluster.Silos.Count);
        var network = drill.Cluster.Network!;
        return drill.Random.Next(3) == 0
            ? new Fault($"silo {i} unplugged", () => network.UnplugAsync(i), () => HealNetworkAsync(drill))
            : new Fault($"silo {i} cut off from other silos", () => network.IsolateAsync(i), () => HealNetworkAsync(drill));
    }

    /// <summary>Traffic from one silo to another is lost, but not back.</summary>
    public static Fault CutOneWay(Drill drill)
    {
        var from = drill.Random.Next(drill.Cluster.Silos.Count);
        var to = (from + drill.Random.Next(1, drill.Cluster.Silos.Count)) % drill.Cluster.Silos.Count;
        var network = drill.Cluster.Network!;
        return new Fault($"silo {to} does not hear silo {from}", () => network.CutAsync(from, to), () => HealNetworkAsync(drill));
    }

    /// <summary>
    /// A process' clock is set ahead or back; at a gateway by less than a token's lifetime. A silo whose clock is set back far ends itself.
    /// </summary>
    public static Fault SetClock(Drill drill)
    {
        var (owner, index, clock) = drill.Cluster.Clocks[drill.Random.Next(drill.Cluster.Clocks.Count)];
        var minutes = owner.StartsWith("gateway", StringComparison.Ordinal) ? 45 : 3 * 24 * 60;
        var ahead = TimeSpan.FromMinutes(drill.Random.Next(-minutes, minutes));
        var back = clock.Ahead - ahead;
        return new Fault($"clock of {owner} set {ahead.TotalMinutes:+0;-0;0} min from the true time", () =>
        {
            clock.Set(ahead);
            return Task.CompletedTask;
        }, async () =>
        {
            if (index is not { } i || back < _farBack)
                return;
            var silo = drill.Cluster.Silos[i];
            await Eventually.EqualAsync("the silo has noticed that its clock was set back", false, () => Task.FromResult(silo.IsRunning), _noticed);
            // With a clock behind its predecessor's at this address, it would count as older and could not join.
            clock.Set(TimeSpan.Zero);
            await silo.StartAsync();
        });
    }

    public static Fault FreezeGateway(Drill drill) =>
        Of(AnyGateway(drill), "frozen", node => node.SignalAsync("STOP"), node => node.SignalAsync("CONT"));

    public static Fault KillRedis(Drill drill) => new("Redis killed", drill.Cluster.RedisServer.KillAsync, drill.Cluster.RedisServer.StartAsync);

    public static Fault FreezeRedis(Drill drill) =>
        new("Redis frozen", () => drill.Cluster.RedisServer.SignalAsync("STOP"), () => drill.Cluster.RedisServer.SignalAsync("CONT"));

    public static Fault WipeRedis(Drill drill) => Fault.Once("Redis wiped", () => drill.Cluster.Redis!.GetServers().Single().FlushAllDatabasesAsync());

    /// <summary>One of a coupon's three keys, or a customer's list.</summary>
    public static Fault LoseKey(Drill drill)
    {
        var coupon = drill.Sale.Coupons[drill.Random.Next(drill.Sale.Coupons.Count)];
        var keys = StockKeys.OfCoupon(CouponId.Known(coupon.Seller, coupon.Name));
        var key = drill.Random.Next(4) is < 3 and var which ? keys[which] : StockKeys.CouponsOf(coupon.Seller);
        return Fault.Once($"Redis lost the key {key}", () => drill.Cluster.Redis!.GetDatabase().KeyDeleteAsync(key));
    }

    /// <summary>Redis is restarted with a file some seconds old.</summary>
    public static Fault OlderFile(Drill drill)
    {
        var age = TimeSpan.FromMilliseconds(drill.Random.Next(500, 4_000));
        return Fault.Once($"Redis restarted with a file {age.TotalSeconds:0.0} s old", async () =>
        {
            var copy = drill.Cluster.RedisServer.CopyFile();
            await Task.Delay(age);
            await drill.Cluster.RedisServer.KillAsync();
            drill.Cluster.RedisServer.PutBack(copy);
            RunFolder.Delete(copy);
            await drill.Cluster.RedisServer.StartAsync();
        });
    }

    public static Fault KillMySql(Drill drill) => new("MySQL killed", drill.Cluster.MySqlServer.KillAsync, drill.Cluster.MySqlServer.StartAsync);

    public static Fault FreezeMySql(Drill drill) =>
        new("MySQL frozen", () => drill.Cluster.MySqlServer.SignalAsync("STOP"), () => drill.Cluster.MySqlServer.SignalAsync("CONT"));

    /// <summary>Another client takes all connections, and the silos' own are closed.</summary>
    public static Fault TakeConnections(Drill drill)
    {
        var taken = new List<MySqlConnection>();
        return new Fault("MySQL out of connections", async () =>
        {
            foreach (var links in drill.Cluster.Links)
                links.MySql.Cut();
            try
            {
                while (true)
                {
                    taken.Add(new MySqlConnection($"{drill.Cluster.MySqlServer.ConnectionString};Pooling=False"));
                    await taken[^1].OpenAsync();
                }
            }
            catch (MySqlException)
            {
                // That was the last one.
            }
        }, async () =>
        {
            foreach (var connection in taken)
                await connection.DisposeAsync();
        });
    }

    /// <summary>The next commit of a silo reaches MySQL and its answer gets lost, or does not reach it.</summary>
    public static Fault LoseCommit(Drill drill)
    {
        var first = drill.Random.Next(drill.Cluster.Silos.Count);
        var loss = drill.Random.Next(2) == 0 ? LinkLoss.Answer : LinkLoss.Request;
        return Fault.Once($"the {loss} of a commit lost", () => drill.LoseCommitAsync(first, loss));
    }

    /// <summary>A silo's link to one of its stores is slow, silent, cut or half-closed.</summary>
    public static Fault DisturbLink(Drill drill)
    {
        var (name, links) = AnyLinks(drill);
        var (store, link) = drill.Random.Next(2) == 0 ? ("Redis", links.Redis) : ("MySQL", links.MySql);
        switch (drill.Random.Next(4))
        {
            case 0:
                var delay = TimeSpan.FromMilliseconds(drill.Random.Next(20, 400));
                return new Fault($"{name}: {store} {delay.TotalMilliseconds:0} ms away", () => Done(() => link.Delay = delay), () => Done(() => link.Delay = TimeSpan.Zero));
            case 1:
                return new Fault($"{name}: {store} silent", () => Done(link.FallSilent), () => Done(link.Speak));
            case 2:
                return Fault.Once($"{name}: connections to {store} cut", () => Done(link.Cut));
            default:
                return Fault.Once($"{name}: connections to {store} half-closed", () => Done(link.HalfClose));
        }

        static Task Done(Action action)
        {
            action();
            return Task.CompletedTask;
        }
    }

    private static async Task HealNetworkAsync(Drill drill)
    {
        await drill.Cluster.Network!.HealAsync();
        foreach (var silo in drill.Cluster.Silos)
            await ComesBackAsync(silo);
    }

    /// <summary>A silo ends itself once it learns that it was declared dead, and is restarted.</summary>
    private static async Task ComesBackAsync(Node silo)
    {
        await Eventually.HoldsAsync(
            "a silo that was not heard is ready, or has noticed its death", "either", async () => !silo.IsRunning || await silo.IsReadyAsync(), over => over, _noticed);
        if (!silo.IsRunning)
            await silo.StartAsync();
    }

    private static (string, Node) AnySilo(Drill drill) => Any(drill, drill.Cluster.Silos, "silo");

    private static (string, Node) AnyGateway(Drill drill) => Any(drill, drill.Cluster.GatewayNodes, "gateway");

    private static (string, SiloLinks) AnyLinks(Drill drill) => Any(drill, drill.Cluster.Links, "silo");

    private static (string, T) Any<T>(Drill drill, IReadOnlyList<T> parts, string kind)
    {
        var i = drill.Random.Next(parts.Count);
        return ($"{kind} {i}", parts[i]);
    }

    private static Fault Of((string Name, Node Node) victim, string what, Func<Node, Task> strike, Func<Node, Task> heal) =>
        new($"{victim.Name} {what}", () => strike(victim.Node), () => heal(victim.Node));
}
