using SecKill.Bench.Tokens;
using SecKill.Tests.LocalServers.Deployments;
using SecKill.Tests.LocalServers.Sales;
using SecKill.Tests.LocalServers.Servers;
using StackExchange.Redis;

namespace SecKill.Bench.Scaling;

/// <summary>The checks after the sale: clients, Redis and the ledger agree, name by name.</summary>
internal sealed class ScaleCheck(ScaledSale sale, LocalCluster cluster)
{
    private static readonly TimeSpan _standstill = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan _auditLimit = TimeSpan.FromMinutes(10);

    private readonly IReadOnlyList<CouponOnSale> _coupons = sale.Coupons;

    /// <summary>Waits until all claims are persisted, then checks.</summary>
    /// <exception cref="BenchException">The server's lists cannot be read.</exception>
    public async Task<IReadOnlyList<CheckResult>> RunAsync(ProductPrograms programs, CancellationToken stop)
    {
        await DrainedAsync(stop);
        var listed = (await sale.ListAsync(stop)).ToDictionary(row => row.Name);
        return
        [
            sale.Judge.Check(),
            await RedisAsync(),
            await LedgerAsync(),
            Each("units left", "units - owners, in the seller's list", coupon => SaleJudge.Left(coupon.Outcome, listed.GetValueOrDefault(coupon.Name))),
            Each("sold out", "no more owners than units, and sold-out is told only where all are gone in the end", coupon => SaleJudge.Wins(coupon.Outcome)),
            await AuditAsync(programs),
        ];
    }

    private async Task DrainedAsync(CancellationToken stop)
    {
        var told = _coupons.Sum(coupon => coupon.Outcome.Won);
        await using var ledger = await cluster.OpenLedgerAsync();
        await LedgerQueries.DrainedAsync(ledger, sale.Seller, sold => Task.FromResult(sold >= told), _standstill, stop);
    }

    private async Task<CheckResult> RedisAsync()
    {
        await using var redis = await ConnectionMultiplexer.ConnectAsync(cluster.RedisServer.ConnectionString);
        var owners = new Findings("owners in Redis", "the customers that were told to own a unit");
        foreach (var coupon in _coupons)
        {
            var found = await redis.GetDatabase().SetMembersAsync($"coupon:{{{sale.Seller}/{coupon.Name}}}:owners");
            owners.Add(coupon.Name, SaleJudge.Names(OwnersOf(coupon), Array.ConvertAll(found, owner => owner.ToString())));
        }
        return owners.Result(Good);
    }

    private async Task<CheckResult> LedgerAsync()
    {
        var rows = await cluster.LedgerCouponsAsync(_auditLimit);
        return Each("rows in the ledger", "every customer that was told to own a unit, once; and what is left",
            coupon => SaleJudge.Ledger(coupon.Outcome, OwnersOf(coupon), rows.GetValueOrDefault((sale.Seller, coupon.Name))));
    }

    private CheckResult Each(string name, string expected, Func<CouponOnSale, Difference?> differenceOf) =>
        Findings.Of(name, expected, _coupons, coupon => coupon.Name, differenceOf).Result(Good);

    private string Good => $"so of all {_coupons.Count:N0} coupons, {_coupons.Sum(coupon => coupon.Outcome.Won):N0} owners";

    private IEnumerable<string> OwnersOf(CouponOnSale coupon) => coupon.Owners.Select(user => TokenMint.NameOf(sale.Prefix, user));

    /// <summary>The product's own audit, by name.</summary>
    private async Task<CheckResult> AuditAsync(ProductPrograms programs)
    {
        await using var audit = await ServerProcess.StartAsync(new ServerCommand(Node.DotNet, [programs.Silo, "--audit", "--deep"])
        {
            Environment = new Dictionary<string, string?>
            {
                ["ConnectionStrings__Redis"] = cluster.RedisServer.ConnectionString,
                ["ConnectionStrings__MySql"] = cluster.MySqlServer.ConnectionString,
                [ClientSettings.InlineCompletions] = null,
            },
        });
        var code = await audit.ExitedAsync(_auditLimit);
        return new CheckResult("operators' audit", code == 0, "silo --audit --deep ends with 0", code == 0 ? audit.Output.Trim() : $"exit code {code}: {audit.Output}");
    }
}
