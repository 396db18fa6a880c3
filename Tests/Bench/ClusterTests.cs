using SecKill.Tests.Api;
using SecKill.Tests.Guarantees;
using SecKill.Tests.Servers;
using Xunit;

namespace SecKill.Tests.Bench;

/// <summary><c>bench cluster</c>, which <c>./cluster.sh</c> calls: a whole cluster on one machine.</summary>
[Collection(Alone.Name)]
public sealed class ClusterTests
{
    private static readonly TimeSpan _startLimit = TimeSpan.FromSeconds(120);
    private static readonly TimeSpan _stopLimit = TimeSpan.FromSeconds(90);

    private readonly string _folder = RunFolder.Create("cluster");
    private readonly int _port = FreePort.Next();

    [Fact]
    public async Task It_starts_whole_obeys_and_keeps_its_data_though_it_was_killed()
    {
        var (seller, coupon) = (Names.Fresh("seller"), Names.Fresh("coupon"));
        await using (var cluster = await StartAsync("--silos", "1", "--gateways", "1"))
        {
            Assert.Contains("is ready", cluster.Output, StringComparison.Ordinal);
            Expect.Created(await Api.CreateAsync(await TokenAsync(seller, Tokens.Seller), seller, coupon, amount: 3));
            Expect.Claimed(await Api.ClaimAsync(await TokenAsync("alice", Tokens.Customer), seller, coupon));

            await ObeysAsync("add silo");
            await ObeysAsync("add gateway");
            await ObeysAsync("stop gateway 1");
            await ObeysAsync("kill silo 1");
            var status = await ObeysAsync("status");
            Assert.Matches(@"gateway 2 .* ready, pid \d+\n", status);
            Assert.Matches(@"silo 2 .* ready, pid \d+  \d+ coupons\n", status);
            Assert.Contains("the last one of its kind", (await OrderAsync("stop silo 2")).Output, StringComparison.Ordinal);
            Expect.NotClaimed(await Api.ClaimAsync(await TokenAsync("alice", Tokens.Customer), seller, coupon), "already-claimed");
            var processes = await ProcessesAsync();
            Assert.True(processes.Count >= 4, status);
            await cluster.KillAsync();
            await Eventually.EqualAsync("nothing is left running", 0, async () => (await ProcessesAsync()).Count(processes.Contains), _stopLimit);
        }
        await using (var again = await StartAsync("--silos", "1", "--gateways", "1"))
        {
            Expect.NotClaimed(await Api.ClaimAsync(await TokenAsync("alice", Tokens.Customer), seller, coupon), "already-claimed");
            await ObeysAsync("down");
            Assert.Equal(0, await again.ExitedAsync(_stopLimit));
            Assert.Matches("(?s)stopping the gateways.*stopping the silos.*stopping Redis and MySQL", again.Output);
        }
        foreach (var file in Directory.EnumerateFiles(_folder, "*.key").Concat(Directory.EnumerateFiles(_folder, "*.secret")).Append(Path.Combine(_folder, "cluster.env")))
        {
            if (!OperatingSystem.IsWindows())
                Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        }
    }

    [Fact]
    public async Task A_port_that_is_taken_and_a_folder_without_a_cluster_are_told_clearly()
    {
        using var taken = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, _port);
        taken.Start();
        var run = await BenchRun.RunPlainAsync(signingKey: null, ["cluster", "--data", _folder, "--port", $"{_port}"]);
        Assert.Equal((1, true), (run.ExitCode, run.Output.Contains($"Port {_port} is taken", StringComparison.Ordinal)));

        var order = await OrderAsync("status");
        Assert.Equal((1, true), (order.ExitCode, order.Output.Contains("No cluster runs in", StringComparison.Ordinal)));
    }

    private ApiClient Api => new(new Uri($"http://localhost:{_port}"));

    private async Task<string> TokenAsync(string name, string kind)
    {
        var key = await File.ReadAllTextAsync(Path.Combine(_folder, "signing.key"), TestContext.Current.CancellationToken);
        return new Tokens(Convert.FromBase64String(key)).Mint(name, kind);
    }

    private async Task<ServerProcess> StartAsync(params string[] options)
    {
        var cluster = await BenchRun.StartAsync(signingKey: null, ["cluster", "--data", _folder, "--port", $"{_port}", .. options]);
        await Eventually.EqualAsync("the cluster is ready", true, () => cluster.HasExited
            ? throw new EventuallyException($"It ended: {cluster.Output}")
            : Task.FromResult(cluster.Output.Contains("Ctrl+C", StringComparison.Ordinal)), _startLimit);
        return cluster;
    }

    private async Task<string> ObeysAsync(string order)
    {
        var run = await OrderAsync(order);
        Assert.True(run.ExitCode == 0, run.Output);
        return run.Output + "\n";
    }

    private Task<BenchRun> OrderAsync(string order) => BenchRun.RunPlainAsync(signingKey: null, ["cluster", .. order.Split(' '), "--data", _folder]);

    /// <summary>Those whose environment or command line names something of the folder or its Redis.</summary>
    private async Task<IReadOnlyList<int>> ProcessesAsync()
    {
        var settings = await File.ReadAllTextAsync(Path.Combine(_folder, "cluster.env"), TestContext.Current.CancellationToken);
        var redis = settings[(settings.IndexOf("password=", StringComparison.Ordinal) + 9)..][..48];
        return [.. Directory.EnumerateDirectories("/proc").Select(Path.GetFileName).Where(name => int.TryParse(name, out _)).Select(name => int.Parse(name!))
            .Where(pid => pid != Environment.ProcessId && (Reads(pid, "environ", redis) || Reads(pid, "cmdline", _folder)))];
    }

    private static bool Reads(int pid, string file, string text)
    {
        try
        {
            return File.ReadAllText($"/proc/{pid}/{file}").Contains(text, StringComparison.Ordinal);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
