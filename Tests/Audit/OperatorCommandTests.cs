using SecKill.Tests.Deployments;
using SecKill.Tests.Ledger;
using SecKill.Tests.Servers;
using SecKill.Tests.Stock;
using Xunit;

namespace SecKill.Tests.Audit;

/// <summary>The silo program's commands for operators, as a shell runs them, with no cluster in sight.</summary>
public sealed class OperatorCommandTests(RedisSite site, MySqlSite ledger) : IClassFixture<RedisSite>, IClassFixture<MySqlSite>
{
    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(90);

    [Fact]
    public async Task They_say_that_a_coupon_agrees_that_it_differs_and_rebuild_it()
    {
        var coupon = await LedgeredCoupon.SellAsync(site, ledger.Ledger, 10, ["d0"], ["w0"]);
        var (seller, name) = (coupon.Row.Id.Seller, coupon.Row.Id.Name);
        var (code, output) = await RunAsync("--audit", seller, name, "--deep");
        Assert.Equal((0, $"{seller}/{name}\n  Redis and the ledger agree: of 10 pieces 2 have an owner and 8 are left, and 1 claim is on the way to the ledger."), (code, output));

        await ledger.QueryAsync($"DELETE FROM claims WHERE coupon_id = {coupon.Row.LedgerId}");
        (code, output) = await RunAsync("--audit", seller, name);
        Assert.Equal(2, code);
        Assert.Contains("1 owner in Redis is neither in the ledger nor on the way to it: d0.", output, StringComparison.Ordinal);

        (code, output) = await RunAsync("--audit");
        Assert.Equal(2, code);
        Assert.Contains("d0.", output, StringComparison.Ordinal);
        Assert.Contains(" 1 differ, 0 are in Redis only", output.Split('\n')[^1], StringComparison.Ordinal);

        (code, output) = await RunAsync("--rebuild", seller, name);
        Assert.Equal(0, code);
        Assert.Contains("2 have an owner and 8 are left.", output, StringComparison.Ordinal);
        Assert.Equal(["d0", "w0"], await coupon.LedgerOwnersAsync());

        Assert.Equal(0, (await RunAsync("--audit")).Code);
    }

    [Fact]
    public async Task Trouble_is_told_in_a_line_and_is_neither_agreement_nor_difference()
    {
        Assert.Equal((1, "The ledger has no coupon nobody/nothing%2Fx, so there is nothing to rebuild it from."), await RunAsync("--rebuild", "nobody", "nothing/x"));
        Assert.Equal((1, "nobody/nothing\n  Neither Redis nor the ledger knows such a coupon."), await RunAsync("--audit", "nobody", "nothing"));
        Assert.Equal((1, "--rebuild needs the names of a seller and a coupon."), await RunAsync("--rebuild", "nobody"));
        Assert.Equal((1, "'nobody' is not understood; see --help."), await RunAsync("--audit", "nobody"));
        var (code, output) = await RunAsync("--audit", $"--ConnectionStrings:Redis=127.0.0.1:{FreePort.Next()}");
        Assert.Equal(1, code);
        Assert.DoesNotContain("   at ", output, StringComparison.Ordinal);
    }

    private async Task<(int Code, string Output)> RunAsync(params string[] arguments)
    {
        var program = Deployment.BuiltProgram("Silo");
        await using var process = await ServerProcess.StartAsync(new ServerCommand(Node.DotNet, [program, .. arguments])
        {
            WorkingDirectory = Path.GetDirectoryName(program),
            Environment = new Dictionary<string, string?>
            {
                ["ConnectionStrings__Redis"] = site.ConnectionString,
                ["ConnectionStrings__MySql"] = ledger.Server.ConnectionString,
            },
        });
        return (await process.ExitedAsync(_limit), process.Output);
    }
}
