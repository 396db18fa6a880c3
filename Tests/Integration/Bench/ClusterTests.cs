using System.Diagnostics;
using System.Text.RegularExpressions;
using MySqlConnector;

namespace SecKill.Tests.Integration.Bench;

/// <summary><c>bench cluster</c>, which <c>./cluster.sh</c> calls: a whole cluster on one machine.</summary>
public sealed class ClusterTests
{
    private static readonly TimeSpan _startLimit = TimeSpan.FromSeconds(120);
    private static readonly TimeSpan _sellsAgain = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan _stopLimit = TimeSpan.FromSeconds(90);

    private readonly string _folder = RunFolder.Create("cluster");
    private readonly int _port = FreePort.Next();

    [Fact]
    public async Task It_starts_whole_obeys_tells_its_status_and_keeps_its_data_though_it_was_killed()
    {
        var (seller, coupon) = (Names.Fresh("seller"), Names.Fresh("coupon"));
        await using (var cluster = await StartAsync("--silos", "1", "--gateways", "1"))
        {
            Assert.Contains("is ready", cluster.Output, StringComparison.Ordinal);
            Expect.Created(await Api.CreateAsync(await TokenAsync(seller, Tokens.Seller), seller, coupon, amount: 3));
            Expect.Claimed(await Api.ClaimAsync(await TokenAsync("alice", Tokens.Customer), seller, coupon));

            await RehearsesHereAsync();
            await ObeysAsync("add silo");
            await ObeysAsync("add gateway");
            await ObeysAsync("stop gateway 1");
            await ObeysAsync("kill silo 1");
            var status = await ShowsAsync(@"gateway 2 .* ready, pid \d+\n(?s:.*)silo 2 .* ready, pid \d+  \d+ coupons\n");
            Assert.Contains("the last one of its kind", (await OrderAsync("stop silo 2")).Output, StringComparison.Ordinal);
            // Its coupon is sold again once the other silo has declared it dead.
            var token = await TokenAsync("alice", Tokens.Customer);
            await Eventually.EqualAsync("it sells again", "already-claimed", async () => (await Api.ClaimAsync(token, seller, coupon)).ClaimResult, _sellsAgain);
            var processes = await ProcessesAsync();
            Assert.True(processes.Count >= 4, status);
            await cluster.KillAsync();
            await Eventually.EqualAsync("nothing is left running", 0, async () => (await ProcessesAsync()).Count(processes.Contains), _stopLimit);
        }
        await using (var again = await StartAsync("--silos", "1", "--gateways", "2"))
        {
            Expect.NotClaimed(await Api.ClaimAsync(await TokenAsync("alice", Tokens.Customer), seller, coupon), "already-claimed");
            // The process list is printed even if gateways have died. The rehearsed coupon is active too if its reminder was not cancelled yet.
            await DiesAsync(again, "gateway 1");
            await ShowsAsync(@"gateway 1 .* ended, (?s:.*)gateway 2 .* ready, (?s:.*)silo 1 .* ready, pid \d+  [12] coupons\n");
            await DiesAsync(again, "gateway 2");
            await ShowsAsync(@"gateway 1 .* ended, (?s:.*)gateway 2 .* ended, (?s:.*)silo 1 .* ready, (?s:.*)No gateway runs");
            await ObeysAsync("down");
            // A restart right now gets the folder.
            new ClusterFolder(_folder).Dispose();
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
    public async Task Ctrl_C_stops_all_in_good_order_and_every_confirmed_claim_is_in_the_ledger()
    {
        var (seller, coupon) = (Names.Fresh("seller"), Names.Fresh("coupon"));
        var winners = new ConcurrentBag<string>();
        await using (var cluster = await StartAsync("--silos", "1", "--gateways", "1"))
        {
            Expect.Created(await Api.CreateAsync(await TokenAsync(seller, Tokens.Seller), seller, coupon, amount: 1_000_000));
            var crowd = Enumerable.Range(0, 16).Select(number => BuyAsync($"u{number}", seller, coupon, winners)).ToArray();
            await Eventually.HoldsAsync("they win", "some", () => Task.FromResult(winners.Count), count => count >= 100, _sellsAgain);

            // To the whole group, as a terminal does it.
            using (var kill = Process.Start("kill", ["-s", "INT", "--", $"-{cluster.WrapperPid}"]))
                await kill.WaitForExitAsync(TestContext.Current.CancellationToken);

            Assert.Equal(0, await cluster.ExitedAsync(_stopLimit));
            Assert.Matches("(?s)stopping the gateways.*stopping the silos.*stopping Redis and MySQL.*all is stopped", cluster.Output);
            await Task.WhenAll(crowd);
        }
        await using var mySql = new MySqlServer(await PasswordAsync("ConnectionStrings__MySql", "Password=")) { Folder = Path.Combine(_folder, "mysql") };
        await mySql.StartAsync();
        await using var ledger = new MySqlConnection(mySql.ConnectionString);
        await ledger.OpenAsync(TestContext.Current.CancellationToken);
        Assert.Empty(winners.Except((await LedgerQueries.ClaimsAsync(ledger)).Where(claim => claim.Coupon == coupon).Select(claim => claim.Username)));
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

    /// <summary>As the tutorial has it: whose settings are taken from its folder comes to this cluster, whatever else listens on this machine.</summary>
    private async Task RehearsesHereAsync()
    {
        await using var shell = await ServerProcess.StartAsync(new ServerCommand(
            "/bin/sh", "-c", """. "$1" && exec "$2" "$3" rehearse --users 20 --units 5 --curve steady --duration 1s --connections 10""", "sh",
            Path.Combine(_folder, "cluster.env"), Node.DotNet, Deployment.BuiltProgram("Bench")));
        Assert.True(await shell.ExitedAsync(_startLimit) == 0, shell.Output);
        Assert.Contains($"The crowd comes to http://localhost:{_port}", shell.Output, StringComparison.Ordinal);
    }

    private async Task DiesAsync(ServerProcess cluster, string name)
    {
        var pid = Regex.Match(await ObeysAsync("status"), $@"{name} .* pid (\d+)").Groups[1].Value;
        using var kill = Process.Start("kill", ["-s", "KILL", pid]);
        await Eventually.EqualAsync($"{name} is told to have died", true, () => Task.FromResult(cluster.Output.Contains($"{name} has ended by itself", StringComparison.Ordinal)), _stopLimit);
    }

    private ApiClient Api => new(new Uri($"http://localhost:{_port}"));

    private async Task<string> TokenAsync(string name, string kind)
    {
        var key = await File.ReadAllTextAsync(Path.Combine(_folder, "signing.key"), TestContext.Current.CancellationToken);
        return new Tokens(Convert.FromBase64String(key)).Mint(name, kind);
    }

    /// <summary>Claims as a new customer each time, until no gateway answers any more.</summary>
    private async Task BuyAsync(string name, string seller, string coupon, ConcurrentBag<string> winners)
    {
        try
        {
            for (var number = 0; ; number++)
            {
                var user = $"{name}-{number}";
                if ((await Api.ClaimAsync(await TokenAsync(user, Tokens.Customer), seller, coupon)).Status == 201)
                    winners.Add(user);
            }
        }
        catch (HttpRequestException)
        {
            // It is stopped.
        }
    }

    private async Task<ServerProcess> StartAsync(params string[] options)
    {
        var cluster = await BenchRun.StartAsync(signingKey: null, ["cluster", "--data", _folder, "--port", $"{_port}", .. options], inTerminal: true);
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

    /// <summary>What a member says of itself follows what has happened, a moment later on a busy machine.</summary>
    private Task<string> ShowsAsync(string pattern) =>
        Eventually.HoldsAsync("its status", pattern, () => ObeysAsync("status"), status => Regex.IsMatch(status, pattern), _sellsAgain);

    private Task<BenchRun> OrderAsync(string order) => BenchRun.RunPlainAsync(signingKey: null, ["cluster", .. order.Split(' '), "--data", _folder]);

    /// <summary>Those whose environment or command line names something of the folder or its Redis.</summary>
    private async Task<IReadOnlyList<int>> ProcessesAsync()
    {
        var redis = await PasswordAsync("ConnectionStrings__Redis", "password=");
        return [.. Directory.EnumerateDirectories("/proc").Select(Path.GetFileName).Where(name => int.TryParse(name, out _)).Select(name => int.Parse(name!))
            .Where(pid => pid != Environment.ProcessId && (Reads(pid, "environ", redis) || Reads(pid, "cmdline", _folder)))];
    }

    /// <summary>As the settings tell it that the cluster has written for other programs.</summary>
    private async Task<string> PasswordAsync(string setting, string before) => Regex.Match(
        await File.ReadAllTextAsync(Path.Combine(_folder, "cluster.env"), TestContext.Current.CancellationToken), $"{setting}='.*{before}([0-9A-Z]+)").Groups[1].Value;

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
