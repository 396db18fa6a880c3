namespace SecKill.Tests.LocalServers.Servers;

/// <summary>
/// Machines in network namespaces, with this process as their router: packets between them can be dropped silently. Needs its own network
/// namespace (see drill.sh), with which all of it vanishes.
/// </summary>
public sealed class SplitNetwork : IAsyncDisposable
{
    /// <summary>The address of this process' namespace for every machine.</summary>
    public const string Router = "10.83.255.1";

    // Below those of the kernel, so that they are asked first.
    private const int FirstRule = 100;

    private readonly List<Machine> _machines = [];
    private readonly HashSet<(int From, int To)> _cuts = [];

    /// <summary>Whether this process is in a namespace that was made for it.</summary>
    public static bool IsPossible => Environment.GetEnvironmentVariable("SECKILL_DRILL_NETWORK") == "own";

    /// <summary>The address that machine <paramref name="i"/> has, once it was added.</summary>
    public static string AddressOf(int i) => $"10.83.{i}.2";

    /// <summary>What to put before a command so that it runs on a machine.</summary>
    public IReadOnlyList<string> EnterCommand(int i) => ["nsenter", $"--target={_machines[i].Holder.Pid}", "--net"];

    /// <summary>Makes the machines.</summary>
    public async Task StartAsync(int machines)
    {
        await IpAsync($"address replace {Router}/32 dev lo");
        await File.WriteAllTextAsync("/proc/sys/net/ipv4/ip_forward", "1");
        for (var i = 0; i < machines; i++)
        {
            // It is there as long as a process is in it.
            var holder = await ServerProcess.StartAsync(new ServerCommand("unshare", "--net", "sleep", "infinity"));
            _machines.Add(new Machine(holder, $"silo{i}"));
            await Eventually.HoldsAsync("the namespace is made", "another than ours", () => Task.FromResult(NamespaceOf($"{holder.Pid}")), net => net != NamespaceOf("self"), TimeSpan.FromSeconds(10));
            await IpAsync($"link add silo{i} type veth peer name eth0 netns {holder.Pid}");
            await IpAsync($"address add 10.83.{i}.1/24 dev silo{i}");
            await IpAsync($"link set silo{i} up");
            await IpAsync("link set lo up", i);
            await IpAsync($"address add {AddressOf(i)}/24 dev eth0", i);
            await IpAsync("link set eth0 up", i);
            await IpAsync($"route add default via 10.83.{i}.1", i);
        }
    }

    /// <summary>Drops all traffic between this machine and the others; all still reach the router.</summary>
    public async Task IsolateAsync(int machine)
    {
        for (var other = 0; other < _machines.Count; other++)
        {
            if (other == machine)
                continue;
            await CutAsync(machine, other);
            await CutAsync(other, machine);
        }
    }

    /// <summary>Drops traffic in one direction, from the first machine to the second.</summary>
    public async Task CutAsync(int from, int to)
    {
        if (_cuts.Add((from, to)))
            await IpAsync($"rule add priority {FirstRule} from {AddressOf(from)} to {AddressOf(to)} blackhole");
    }

    /// <summary>Unplugs the machine: no traffic in or out.</summary>
    public Task UnplugAsync(int machine) => IpAsync($"link set {_machines[machine].Link} down");

    /// <summary>Reconnects all machines.</summary>
    public async Task HealAsync()
    {
        foreach (var (from, to) in _cuts)
            await IpAsync($"rule delete priority {FirstRule} from {AddressOf(from)} to {AddressOf(to)} blackhole");
        _cuts.Clear();
        foreach (var machine in _machines)
            await IpAsync($"link set {machine.Link} up");
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var machine in _machines)
            await machine.Holder.DisposeAsync();
    }

    private static string? NamespaceOf(string process) => new FileInfo($"/proc/{process}/ns/net").LinkTarget;

    private async Task IpAsync(string arguments, int? machine = null)
    {
        string[] command = [.. machine is { } i ? EnterCommand(i) : [], "ip", .. arguments.Split(' ')];
        await Command.OutputOfAsync(command[0], command[1..]);
    }

    private sealed record Machine(ServerProcess Holder, string Link);
}
