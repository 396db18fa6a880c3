using System.Text.RegularExpressions;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace SecKill.Tests.Integration.Browser;

/// <summary>The Orleans Dashboard of a cluster, as an operator sees it: through any gateway, after a log-in.</summary>
public sealed partial class DashboardTests(SharedBrowser browser, SharedDeployments deployments)
{
    private const float Patience = 60_000;

    [Fact]
    public async Task An_operator_logs_in_sees_silos_and_grains_through_every_gateway_and_logs_out()
    {
        var cluster = await deployments.ClusterAsync();
        var (first, second) = (cluster.Gateways[0], cluster.Gateways[1]);
        await SellAsync(cluster);
        await using var visitor = await browser.NewVisitorAsync(first);
        var window = visitor.Window;
        window.SetDefaultTimeout(Patience);

        await window.GotoAsync("/dashboard");
        await Expect(window).ToHaveURLAsync(LogInPage());
        await LogInAsync(window, "some-other-secret-of-somebody");
        await Expect(window.GetByRole(AriaRole.Alert)).ToHaveTextAsync("This is not the key.");
        await window.GotoAsync("/dashboard/");
        await Expect(window).ToHaveURLAsync(LogInPage());

        await LogInAsync(window, SharedDeployments.AdminKey);
        await SeesSilosAndGrainsAsync(window);
        // A cookie belongs to a host, whatever the port.
        await window.GotoAsync(new Uri(second, "/dashboard/").AbsoluteUri);
        await SeesSilosAndGrainsAsync(window);

        await window.GetByRole(AriaRole.Button, new() { Name = "Log out" }).ClickAsync();
        await Expect(window).ToHaveURLAsync(LogInPage());
        await window.GotoAsync(new Uri(first, "/dashboard/").AbsoluteUri);
        await Expect(window).ToHaveURLAsync(LogInPage());
        Assert.Empty(visitor.Complaints);
    }

    private static async Task LogInAsync(IPage window, string key)
    {
        await window.GetByLabel("The operators' key").FillAsync(key);
        await window.GetByRole(AriaRole.Button, new() { Name = "Log in" }).ClickAsync();
    }

    private static async Task SeesSilosAndGrainsAsync(IPage window)
    {
        await window.Locator("a[href='#/silos']").First.ClickAsync();
        var silos = window.Locator("#content a[href^='#/host/']");
        await Eventually.EqualAsync("both silos are shown", 2, CountAsync, TimeSpan.FromMilliseconds(Patience));

        await window.Locator("a[href='#/grains']").First.ClickAsync();
        await Expect(window.Locator("#content").GetByText("CouponGrain").First).ToBeVisibleAsync(new() { Timeout = Patience });

        async Task<int> CountAsync() =>
            (await silos.EvaluateAllAsync<string[]>("links => links.map(link => decodeURIComponent(link.hash))")).Distinct().Count();
    }

    /// <summary>So that there is a grain of a coupon to see.</summary>
    private static async Task SellAsync(Deployment cluster)
    {
        var api = new ApiClient(cluster.Gateways[0]);
        var tokens = new Tokens(cluster.SigningKey);
        var (seller, coupon) = (Names.Fresh("seller"), Names.Fresh("coupon"));
        LocalServers.Api.Expect.Created(await api.CreateAsync(tokens.Mint(seller, Tokens.Seller), seller, coupon, amount: 5));
        LocalServers.Api.Expect.Claimed(await api.ClaimAsync(tokens.Mint(Names.Fresh("customer"), Tokens.Customer), seller, coupon));
    }

    [GeneratedRegex("/dashboard/login$")]
    private static partial Regex LogInPage();
}
