using System.Text.RegularExpressions;

namespace SecKill.Tests.Integration.Telemetry;

/// <summary>Every query of the alerts and the dashboard returns data from a real Prometheus during a sale.</summary>
[Collection(WatchedSale.Name)]
public sealed partial class SaleSeenByPrometheusTests(WatchedSale watched)
{
    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Every_rule_and_every_panel_has_data_while_a_sale_runs()
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var sale = SellAsync(over.Token);
        try
        {
            var questions = (await RulesAsync()).Concat(Panels()).ToList();
            Assert.NotEmpty(questions);
            foreach (var (where, expression) in questions)
                await Eventually.HoldsAsync($"{where}: {expression}", "data", () => watched.Prometheus.QueryAsync(expression), rows => rows.Count > 0, _limit);
            Assert.All(await watched.Prometheus.RulesAsync(), rule => Assert.True(rule is { Health: "ok", Error: "" }, $"{rule}"));
        }
        finally
        {
            await over.CancelAsync();
            await sale;
        }
    }

    [Fact]
    public async Task The_documented_instruments_are_those_that_there_are()
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var sale = SellAsync(over.Token);
        try
        {
            var documented = RowPattern().Matches(await File.ReadAllTextAsync(Path.Combine(PrometheusServer.Deploy, "..", "docs", "reference", "metrics.md"), over.Token))
                .Select(row => $"{row.Groups["name"]} {row.Groups["kind"]} {string.Join(' ', NamePattern().Matches(row.Groups["attributes"].Value).Select(name => name.Groups[1].Value).Order())}").Order().ToList();
            Assert.NotEmpty(documented);
            await Eventually.HoldsAsync("what gateways and silos tell", string.Join('\n', documented), ToldAsync, told => told == string.Join('\n', documented), _limit);
        }
        finally
        {
            await over.CancelAsync();
            await sale;
        }
    }

    private async Task<string> ToldAsync()
    {
        var scrape = await Scrape.OfAllAsync(watched.Cluster.Gateways.Concat(watched.Cluster.Silos.Select(silo => silo.Address)));
        return string.Join('\n', scrape.Types.Where(type => type.Key.StartsWith("seckill_", StringComparison.Ordinal))
            .Select(type => $"{type.Key} {type.Value} {string.Join(' ', scrape.LabelsOf(type.Key).Order())}").Order());
    }

    /// <summary>By the rule's name: of a record all of it, of an alert what is compared with its threshold.</summary>
    private async Task<IReadOnlyList<(string Where, string Expression)>> RulesAsync()
    {
        var rules = await Eventually.HoldsAsync(
            "Prometheus has evaluated its rules", "all", watched.Prometheus.RulesAsync, all => all.Count > 0 && all.All(rule => rule.Health != "unknown"), _limit);
        return [.. rules.Select(rule => (rule.Name, rule.IsAlert ? Compared(rule) : rule.Expression))];
    }

    private static string Compared(PrometheusRule alert)
    {
        var parts = ComparisonPattern().Match(alert.Expression);
        Assert.True(parts.Success, $"{alert.Name} compares nothing with a number: {alert.Expression}");
        return parts.Groups["compared"].Value;
    }

    private static IEnumerable<(string Where, string Expression)> Panels()
    {
        foreach (var file in Directory.GetFiles(Path.Combine(PrometheusServer.Deploy, "grafana", "dashboards"), "*.json"))
        {
            using var dashboard = JsonDocument.Parse(File.ReadAllText(file));
            foreach (var panel in dashboard.RootElement.GetProperty("panels").EnumerateArray().Where(panel => panel.TryGetProperty("targets", out _)))
            {
                foreach (var target in panel.GetProperty("targets").EnumerateArray())
                    yield return (panel.GetProperty("title").GetString()!, Filled(target.GetProperty("expr").GetString()!));
            }
        }
    }

    /// <summary>As Grafana fills it in, everything chosen.</summary>
    private static string Filled(string expression)
    {
        var filled = expression
            .Replace("$job", ".*", StringComparison.Ordinal).Replace("$instance", ".*", StringComparison.Ordinal)
            .Replace("$__rate_interval", "10s", StringComparison.Ordinal);
        return filled.Contains('$', StringComparison.Ordinal) ? throw new InvalidOperationException($"What is filled in here? {filled}") : filled;
    }

    /// <summary>Repeats a sale in which everything happens, so that every counter rises whenever it is read.</summary>
    private async Task SellAsync(CancellationToken over)
    {
        var cluster = watched.Cluster;
        var (api, tokens) = (cluster.Gateways.Select(gateway => new ApiClient(gateway)).ToArray(), new Tokens(cluster.SigningKey));
        var stranger = new ApiClient(cluster.Gateways[0], Loopback.From("127.0.0.77"));
        var (seller, member) = (Names.Fresh("seller"), Names.Fresh("member"));
        var sellers = tokens.Mint(seller, Tokens.Seller);
        foreach (var (name, amount) in new[] { ("large", 100_000), ("small", 1), ("broken", 1_000) })
            Expect.Created(await api[0].CreateAsync(sellers, seller, name, amount));
        Expect.Created(await api[0].RegisterAsync(member, "secret", "customer"));
        for (var round = 0; !over.IsCancellationRequested; round++)
        {
            await Task.WhenAll(Enumerable.Range(0, 8).Select(i => api[i % api.Length].ClaimAsync(tokens.Mint(Names.Fresh("c"), Tokens.Customer), seller, "large")));
            var again = tokens.Mint($"again{round % 7}", Tokens.Customer);
            foreach (var name in new[] { "large", "small", "nothing" })
                await api[round % api.Length].ClaimAsync(again, seller, name);
            if (round % 10 == 0)
            {
                var token = (await api[1].LogInAsync(member, "secret")).Token;
                await api[0].ListAsync(token, member);
                await api[0].LogOutAsync(token);
                await stranger.RegisterAsync(member, "secret", "customer");
                await stranger.LogInAsync(member, "wrong");
                await api[1].PostAsync($"{ApiClient.Users}/{seller}/redemptions", new { code = "00000000000000000000", device = "till" }, sellers);
                // Redis went back to an older file, as far as this one coupon can tell.
                await cluster.Redis!.GetDatabase().HashSetAsync($"coupon:{{{CouponId.Known(seller, "broken").Key}}}", "incarnation", "another");
                await api[0].ClaimAsync(again, seller, "broken");
            }
            await stranger.LogInAsync("nobody", "secret");
        }
    }

    [GeneratedRegex(@"^\| `seckill\.[a-z.]+` \| `(?<name>[a-z_]+)` \| (?<kind>\w+) \| [^|]+ \| (?<attributes>[^|]*) \|", RegexOptions.Multiline)]
    private static partial Regex RowPattern();

    [GeneratedRegex("`([a-z]+)`")]
    private static partial Regex NamePattern();

    [GeneratedRegex(@"^(?<compared>.+) [<>] [\d.]+$", RegexOptions.Singleline)]
    private static partial Regex ComparisonPattern();
}
