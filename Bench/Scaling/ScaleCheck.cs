using System.Data.Common;
using System.Diagnostics;
using System.Globalization;
using SecKill.Bench.Reports;
using SecKill.Tests.LocalServers.Deployments;
using SecKill.Tests.LocalServers.Servers;
using StackExchange.Redis;

namespace SecKill.Bench.Scaling;

/// <summary>The checks after the sale: clients, Redis and the ledger agree, name by name.</summary>
internal sealed class ScaleCheck(ScaledSale sale, LocalCluster cluster)
{
    private const int Shown = 3;
    private static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan _standstill = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan _auditLimit = TimeSpan.FromMinutes(10);

    /// <summary>Waits until all claims are persisted, then checks.</summary>
    /// <exception cref="BenchException">The server's lists cannot be read.</exception>
    public async Task<IReadOnlyList<CheckResult>> RunAsync(ProductPrograms programs, CancellationToken stop)
    {
        await using var ledger = await cluster.OpenLedgerAsync();
        await DrainedAsync(ledger, stop);
        await using var redis = await ConnectionMultiplexer.ConnectAsync(cluster.RedisServer.ConnectionString);
        var claims = await LedgerClaimsAsync(ledger, stop);
        var left = await LedgerLeftAsync(ledger, stop);
        var listed = await sale.ListLeftAsync(stop);
        return
        [
            sale.Judge.Check(),
            await EachAsync("owners in Redis", "those who were told that they won", async coupon =>
                Difference(coupon, await OwnersAsync(redis.GetDatabase(), coupon))),
            await EachAsync("rows in the ledger", "those who were told that they won, each once", coupon =>
                Task.FromResult(Difference(coupon, claims.GetValueOrDefault(coupon.Name) ?? []))),
            await EachAsync("pieces left", "pieces - owners, in the seller's list and in the ledger", coupon =>
            {
                var expected = coupon.Pieces - coupon.CountOwners();
                var (shown, written) = (listed.GetValueOrDefault(coupon.Name, -1), left.GetValueOrDefault(coupon.Name, -1));
                return Task.FromResult(shown == expected && written == expected ? null : $"{expected:N0} expected, {shown:N0} listed, {written:N0} in the ledger");
            }),
            await EachAsync("sold out", "no more owners than pieces, and sold-out is told only where all are gone in the end", coupon =>
                Task.FromResult(coupon.CountOwners() > coupon.Pieces || (coupon.IsSoldOut && coupon.CountOwners() < coupon.Pieces)
                    ? $"{coupon.CountOwners():N0} owners of {coupon.Pieces:N0} pieces, sold out: {coupon.IsSoldOut}" : null)),
            await AuditAsync(programs),
        ];
    }

    private async Task<CheckResult> EachAsync(string name, string expected, Func<CouponOnSale, Task<string?>> differenceOf)
    {
        var wrong = new List<string>();
        foreach (var coupon in sale.Coupons)
        {
            if (await differenceOf(coupon) is { } difference)
                wrong.Add($"{coupon.Name}: {difference}");
        }
        var good = $"so of all {sale.Coupons.Count:N0} coupons, {sale.Coupons.Sum(coupon => coupon.CountOwners()):N0} owners";
        return new CheckResult(name, wrong.Count == 0, expected,
            wrong.Count == 0 ? good : $"{wrong.Count:N0} coupons differ, first: {string.Join("; ", wrong.Take(Shown))}");
    }

    private string? Difference(CouponOnSale coupon, IReadOnlyList<string> found)
    {
        var told = coupon.Owners.Select(user => Tokens.TokenMint.NameOf(sale.Prefix, user)).ToHashSet();
        var names = found.ToHashSet();
        var (missing, more) = (told.Except(names).ToList(), names.Except(told).ToList());
        return missing.Count + more.Count == 0 && names.Count == found.Count
            ? null
            : $"{missing.Count:N0} are missing ({string.Join(", ", missing.Take(Shown))}), {more.Count:N0} too many ({string.Join(", ", more.Take(Shown))}), {found.Count - names.Count:N0} twice";
    }

    private async Task<IReadOnlyList<string>> OwnersAsync(IDatabase redis, CouponOnSale coupon) =>
        [.. (await redis.SetMembersAsync($"coupon:{{{sale.Seller}/{coupon.Name}}}:owners")).Select(owner => owner.ToString())];

    private async Task DrainedAsync(DbConnection ledger, CancellationToken stop)
    {
        var told = sale.Coupons.Sum(coupon => (long)coupon.CountOwners());
        var (progress, last) = (Stopwatch.StartNew(), -1L);
        while (progress.Elapsed < _standstill)
        {
            await using var command = Command(ledger, "SELECT COALESCE(SUM(amount - left_count), 0) FROM coupons WHERE seller = @seller");
            var count = Convert.ToInt64(await command.ExecuteScalarAsync(stop), CultureInfo.InvariantCulture);
            if (count >= told)
                return;
            if (count != last)
                progress.Restart();
            last = count;
            await Task.Delay(_pause, stop);
        }
    }

    private async Task<Dictionary<string, List<string>>> LedgerClaimsAsync(DbConnection ledger, CancellationToken stop)
    {
        var claims = new Dictionary<string, List<string>>();
        await using var command = Command(ledger, "SELECT c.name, l.username FROM claims l JOIN coupons c ON c.id = l.coupon_id WHERE c.seller = @seller");
        command.CommandTimeout = (int)_auditLimit.TotalSeconds;
        await using var rows = await command.ExecuteReaderAsync(stop);
        while (await rows.ReadAsync(stop))
        {
            var name = rows.GetString(0);
            if (!claims.TryGetValue(name, out var users))
                claims[name] = users = [];
            users.Add(rows.GetString(1));
        }
        return claims;
    }

    private async Task<Dictionary<string, long>> LedgerLeftAsync(DbConnection ledger, CancellationToken stop)
    {
        var left = new Dictionary<string, long>();
        await using var command = Command(ledger, "SELECT name, left_count FROM coupons WHERE seller = @seller");
        await using var rows = await command.ExecuteReaderAsync(stop);
        while (await rows.ReadAsync(stop))
            left[rows.GetString(0)] = rows.GetInt64(1);
        return left;
    }

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

    private DbCommand Command(DbConnection ledger, string sql)
    {
        var command = ledger.CreateCommand();
        command.CommandText = sql;
        var seller = command.CreateParameter();
        (seller.ParameterName, seller.Value) = ("@seller", sale.Seller);
        command.Parameters.Add(seller);
        return command;
    }
}
