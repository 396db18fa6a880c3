using System.Diagnostics;
using System.Reflection;
using SecKill.Bench.Commands;
using SecKill.Tests.LocalServers.Deployments;
using SecKill.Tests.LocalServers.Servers;

namespace SecKill.Bench.Cluster;

/// <summary><c>bench cluster</c>: a cluster on this machine, from its start until it is told to stop.</summary>
internal sealed class ClusterRun(ClusterOptions options, TextWriter output)
{
    private static readonly TimeSpan _look = TimeSpan.FromSeconds(1);

    /// <returns>The exit code.</returns>
    /// <exception cref="BenchException">It cannot be started.</exception>
    public async Task<int> RunAsync(CancellationToken stop)
    {
        if (!OperatingSystem.IsLinux())
            throw new BenchException("bench cluster needs Linux. Elsewhere: docker compose up.");
        Control.SocketOf(options.Folder);
        LocalPort.RefuseTaken(options.Port);
        using var folder = new ClusterFolder(options.Folder);
        if (options.Fresh)
            Forget(folder);
        await using var cluster = new LocalCluster(ProductPrograms.Find(options.Product), ClientSettings.OfServers, folder) { FirstPort = Proxied ? null : options.Port };
        await using var proxy = Proxied ? new NginxServer(await DeployedAsync(), Path.Combine(folder.Root, "nginx"), options.Port) : null;
        await StartAsync(cluster, proxy, stop);
        await new ClusterBanner(cluster, proxy, folder.Root).PrintAsync(output);
        await AttendAsync(cluster, proxy, folder.Root, stop);
        await StopAsync(cluster, proxy);
        return CommandLine.Good;
    }

    private bool Proxied => !options.NoProxy && NginxServer.Program is not null;

    private static async Task<string> DeployedAsync()
    {
        await using var resource = Assembly.GetExecutingAssembly().GetManifestResourceStream("nginx.conf")!;
        using var reader = new StreamReader(resource);
        return await reader.ReadToEndAsync();
    }

    private static void Forget(ClusterFolder folder)
    {
        foreach (var name in (string[])["redis", "mysql", "logs"])
        {
            if (Path.Combine(folder.Root, name) is var path && Directory.Exists(path))
                Directory.Delete(path, recursive: true);
        }
    }

    private async Task StartAsync(LocalCluster cluster, NginxServer? proxy, CancellationToken stop)
    {
        await TimedAsync("Redis and MySQL", cluster.StartAsync);
        for (var i = 0; i < options.Silos; i++)
            await TimedAsync($"silo {i + 1}", () => AddAsync(cluster, MemberKind.Silo, stop));
        for (var i = 0; i < options.Gateways; i++)
            await TimedAsync($"gateway {i + 1}", () => AddAsync(cluster, MemberKind.Gateway, stop));
        if (proxy is not null)
            await TimedAsync("nginx", () => proxy.StartAsync(PortsOf(cluster.GatewayMembers)));
    }

    private static async Task<Member> AddAsync(LocalCluster cluster, MemberKind kind, CancellationToken stop)
    {
        stop.ThrowIfCancellationRequested();
        try
        {
            return await cluster.AddAsync(kind).WaitAsync(stop);
        }
        catch (InvalidOperationException fault)
        {
            throw new BenchException($"{fault.Message.ReplaceLineEndings(" ")} See the logs in {cluster.LogFolder}.");
        }
    }

    private async Task TimedAsync(string what, Func<Task> start)
    {
        var clock = Stopwatch.StartNew();
        await output.WriteAsync($"starting {what} … ");
        await output.FlushAsync();
        await start();
        await output.WriteLineAsync($"ready in {clock.Elapsed.TotalSeconds:0.0} s");
    }

    /// <summary>Runs control commands and reports dead processes until stopped.</summary>
    private async Task AttendAsync(LocalCluster cluster, NginxServer? proxy, string folder, CancellationToken stop)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var serving = Control.ServeAsync(folder, (order, answer) => ObeyAsync(order, answer, cluster, proxy, end), end.Token);
        var dead = new HashSet<string>();
        while (!serving.IsCompleted)
        {
            foreach (var member in cluster.Members.Where(member => !member.Node.IsRunning && dead.Add(member.Name)))
                await output.WriteLineAsync($"{member.Name} has ended by itself, exit code {member.Node.ExitCode}: see the logs in {cluster.LogFolder}");
            if (proxy is { HasEnded: true } && dead.Add("nginx"))
                await output.WriteLineAsync($"nginx has ended by itself: {proxy.Output}");
            await Task.WhenAny(serving, Task.Delay(_look, CancellationToken.None));
        }
        await serving;
    }

    private async Task ObeyAsync(string order, TextWriter answer, LocalCluster cluster, NginxServer? proxy, CancellationTokenSource end)
    {
        switch (order.Split(' '))
        {
            case ["status"]:
                await new ClusterBanner(cluster, proxy, Path.GetFullPath(options.Folder)).PrintStatusAsync(answer, end.Token);
                break;
            case ["add", var kind] when Enum.TryParse<MemberKind>(kind, ignoreCase: true, out var what):
                var added = await AddAsync(cluster, what, end.Token);
                await LeadAsync(proxy, cluster.GatewayMembers);
                await TellAsync(answer, $"{added.Name} has joined, at {added.Node.Address}");
                break;
            case [("stop" or "kill") and var how, var kind, var number] when Enum.TryParse<MemberKind>(kind, ignoreCase: true, out var what):
                await LeaveAsync(how == "kill", Find(cluster, what, number), cluster, proxy, answer);
                break;
            case ["down"]:
                await answer.WriteLineAsync("it stops …");
                await end.CancelAsync();
                break;
            default:
                throw new BenchException($"'{order}' is not understood.");
        }
    }

    private async Task LeaveAsync(bool isKilled, Member member, LocalCluster cluster, NginxServer? proxy, TextWriter answer)
    {
        if (isKilled)
        {
            await cluster.KillAsync(member);
            await LeadAsync(proxy, cluster.GatewayMembers);
        }
        else
        {
            // The proxy first, or it would send claims to a stopped gateway.
            await LeadAsync(proxy, cluster.GatewayMembers.Where(gateway => gateway != member));
            await cluster.StopAsync(member);
        }
        await TellAsync(answer, $"{member.Name} {(isKilled ? "was killed" : "has left")}");
    }

    private static Member Find(LocalCluster cluster, MemberKind kind, string number)
    {
        var members = cluster.Members.Where(member => member.Kind == kind).ToList();
        var found = members.Find(member => $"{member.Number}" == number)
            ?? throw new BenchException($"There is no {kind.ToString().ToLowerInvariant()} {number}; there is {string.Join(", ", members.Select(member => member.Name))}.");
        return members.Count > 1 ? found : throw new BenchException($"{found.Name} is the last one of its kind; 'down' stops all.");
    }

    private static Task LeadAsync(NginxServer? proxy, IEnumerable<Member> gateways) => proxy?.LeadAsync(PortsOf(gateways)) ?? Task.CompletedTask;

    private static IEnumerable<int> PortsOf(IEnumerable<Member> gateways) => gateways.Select(gateway => gateway.Node.Address.Port);

    private async Task TellAsync(TextWriter answer, string what)
    {
        await output.WriteLineAsync(what);
        await answer.WriteLineAsync(what);
    }

    /// <summary>Gateways first: they finish their requests. Then the silos, which drain their outboxes; then the stores.</summary>
    private async Task StopAsync(LocalCluster cluster, NginxServer? proxy)
    {
        foreach (var kind in (MemberKind[])[MemberKind.Gateway, MemberKind.Silo])
        {
            await output.WriteLineAsync($"stopping the {kind.ToString().ToLowerInvariant()}s");
            await Task.WhenAll(cluster.Members.Where(member => member.Kind == kind).Select(cluster.StopAsync));
            if (proxy is not null)
                await proxy.DisposeAsync();
        }
        await output.WriteLineAsync("stopping Redis and MySQL");
        await cluster.StopStoresAsync();
        await output.WriteLineAsync("all is stopped; the data are kept");
    }
}
