using SecKill.Grains.Hosting;
using SecKill.Grains.Interfaces.Stops;
using SecKill.ServiceDefaults.Hosting;
using SecKill.Silo.Audit;

namespace SecKill.Tests.Integration.Audit;

/// <summary>The silo program's operator commands, run from a shell without a cluster.</summary>
public sealed class OperatorCommandTests(RedisSite site, MySqlSite ledger) : IClassFixture<RedisSite>, IClassFixture<MySqlSite>
{
    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(90);

    [Fact]
    public async Task As_a_program_they_answer_by_output_and_exit_code()
    {
        var coupon = await SellAsync();
        await ForgetClaimsAsync(coupon);
        var (seller, name) = (coupon.Row.Id.Seller.Value, coupon.Row.Id.Name.Value);

        var (code, output) = await StartAsync("--audit", seller, name);
        Assert.Equal((2, $"{seller}/{name}"), (code, output.Split('\n')[0]));
        Assert.Contains("1 owner in Redis is neither in the ledger nor on the way to it: d0.", output, StringComparison.Ordinal);

        (code, output) = await StartAsync("--rebuild", seller, name);
        Assert.Equal(
            (0, $"{seller}/{name} was rebuilt from the ledger and what survived in Redis.\n{seller}/{name}\n" +
                "  Redis and the ledger agree: of 10 pieces 2 have an owner and 8 are left."),
            (code, output));
        Assert.Equal(["d0", "w0"], await coupon.LedgerOwnersAsync());
    }

    [Fact]
    public async Task All_coupons_are_summed_up_and_only_those_that_differ_are_named()
    {
        var (good, bad, gone, lost) = (await SellAsync(), await SellAsync(), await SellAsync(), await SellAsync());
        await site.Database.KeyDeleteAsync(gone.Probe.Keys);
        var (code, output, _) = await RunAsync("--audit");
        Assert.Equal(0, code);
        Assert.Contains(" 1 will be rebuilt when next asked for, 0 differ, 0 are in Redis only,", Assert.Single(output.Split('\n')), StringComparison.Ordinal);

        await ForgetClaimsAsync(bad);
        await ledger.QueryAsync($"DELETE FROM coupons WHERE id = {lost.Row.LedgerId}");
        (code, output, _) = await RunAsync("--audit", "--deep");
        Assert.Equal(2, code);
        Assert.Contains(" 1 will be rebuilt when next asked for, 1 differ, 1 are in Redis only,", output.Split('\n')[^1], StringComparison.Ordinal);
        Assert.Contains(bad.Row.Id.Key, output, StringComparison.Ordinal);
        Assert.Contains(lost.Row.Id.Key, output, StringComparison.Ordinal);
        Assert.DoesNotContain(good.Row.Id.Key, output, StringComparison.Ordinal);

        await site.Database.KeyDeleteAsync(lost.Probe.Keys);
        foreach (var coupon in new[] { bad, gone })
            Assert.Equal(0, (await RunAsync("--rebuild", coupon.Row.Id.Seller.Value, coupon.Row.Id.Name.Value)).Code);
        Assert.Equal(0, (await RunAsync("--audit")).Code);
    }

    [Fact]
    public async Task The_stores_go_back_to_programs_of_before_until_a_coupon_uses_what_those_do_not_know()
    {
        await DeploymentCheck.MarkAsync(site.Server, ledger.Ledger, "seckill");
        var coupon = await SellAsync();
        var mark = (await ledger.Ledger.FindMarkAsync())!;

        foreach (var use in (string[])["returns = 1", "waitlist = 100", $"redeem_until = {long.MaxValue}", "redeemed = 1"])
        {
            await ledger.QueryAsync($"UPDATE coupons SET {use} WHERE id = {coupon.Row.LedgerId}");
            var refused = await RunAsync("--roll-back");
            Assert.Equal(
                (1, $"There is no way back: {coupon.Row.Id.Key} uses what programs of protocol number {Protocol.Before} do not know, and they would sell it without."),
                (refused.Code, refused.Errors));
            await ledger.QueryAsync("UPDATE coupons SET returns = 0, waitlist = 0, redeem_until = NULL, redeemed = 0");
        }
        Assert.Equal($"{mark}", await site.Server.FindDeploymentAsync());

        // Those know windows, changes and operators' stops.
        await ledger.Ledger.ChangeAsync(new TermsChange(coupon.Row.Key, 0, AmountBy: 0));
        await ledger.Ledger.SetStopAsync(SaleStop.All, isStopped: true, "operator");
        Assert.Equal(0, (await RunAsync("--roll-back")).Code);
        await ledger.Ledger.SetStopAsync(SaleStop.All, isStopped: false, "operator");

        Assert.Equal(mark.Before, await site.Server.FindDeploymentAsync());
        Assert.Equal(Protocol.SchemaBefore, await ledger.QueryAsync("SELECT MAX(version) FROM schema_version"));
        var (code, _, errors) = await RunAsync("--audit");
        Assert.Equal(1, code);
        Assert.Contains($"The ledger is of programs with protocol number {Protocol.Before}", errors, StringComparison.Ordinal);

        // And forward again.
        await ledger.QueryAsync("UPDATE coupons SET version = 0");
        await ledger.NewLedger().PrepareAsync(TestContext.Current.CancellationToken);
        await DeploymentCheck.MarkAsync(site.Server, ledger.Ledger, "seckill");
        Assert.Equal($"{mark}", await site.Server.FindDeploymentAsync());
        Assert.Equal(0, (await RunAsync("--audit")).Code);
    }

    [Fact]
    public async Task The_stores_do_not_go_back_beside_a_silo()
    {
        var silo = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        silo.Start();
        var member = $"S{silo.LocalEndpoint}:1";
        await site.Database.HashSetAsync(
            $"seckill/members/{Protocol.ClusterId("seckill")}", member, """{"Status":3,"IAmAliveTime":"2026-11-30 00:00:00.000 GMT"}""");

        var (code, _, errors) = await RunAsync("--roll-back");

        await site.Database.KeyDeleteAsync($"seckill/members/{Protocol.ClusterId("seckill")}");
        silo.Stop();
        Assert.Equal((1, $"Silo {member} still runs. Stop all gateways and silos of the service first."), (code, errors));
        Assert.NotEqual(Protocol.SchemaBefore, await ledger.QueryAsync("SELECT MAX(version) FROM schema_version"));
    }

    [Fact]
    public async Task Trouble_is_told_in_a_line_and_is_neither_agreement_nor_difference()
    {
        Assert.Equal(
            (1, "", "The ledger has no coupon nobody/nothing%2Fx, so there is nothing to rebuild it from."),
            await RunAsync("--rebuild", "nobody", "nothing/x"));
        Assert.Equal((1, "nobody/50%25\n  Neither Redis nor the ledger knows such a coupon.", ""), await RunAsync("--audit", "nobody", "50%"));
        Assert.Equal((1, "", "--rebuild needs the names of a seller and a coupon."), await RunAsync("--rebuild", "nobody"));
        Assert.Equal((1, "", "'nobody' is not understood; see --help."), await RunAsync("--audit", "nobody"));
        var (code, output, errors) = await RunOnAsync($"127.0.0.1:{FreePort.Next()}", "--audit");
        Assert.Equal((1, ""), (code, output));
        Assert.StartsWith("It was not possible to connect to the redis server", Assert.Single(errors.Split('\n')), StringComparison.Ordinal);
    }

    private Task<LedgeredCoupon> SellAsync() => LedgeredCoupon.SellAsync(site, ledger.Ledger, 10, ["d0"], ["w0"]);

    private Task<long> ForgetClaimsAsync(LedgeredCoupon coupon) => ledger.QueryAsync($"DELETE FROM claims WHERE coupon_id = {coupon.Row.LedgerId}");

    /// <summary>In this process, which spares the start of another.</summary>
    private Task<(int Code, string Output, string Errors)> RunAsync(params string[] arguments) => RunOnAsync(site.ConnectionString, arguments);

    private async Task<(int Code, string Output, string Errors)> RunOnAsync(string redis, params string[] arguments)
    {
        string[] stores = [$"--ConnectionStrings:Redis={redis}", $"--ConnectionStrings:MySql={ledger.Server.ConnectionString}"];
        Assert.True(OperatorCommand.TryParse([.. arguments, .. stores], out var command));
        var (output, errors) = (new StringWriter(), new StringWriter());
        var code = await command.RunAsync(output, errors);
        return (code, $"{output}".TrimEnd(), $"{errors}".TrimEnd());
    }

    private async Task<(int Code, string Output)> StartAsync(params string[] arguments)
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
