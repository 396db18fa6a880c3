using Microsoft.Playwright;
using SecKill.Tests.Integration.Browser;
using SecKill.Tests.Integration.Contract;

namespace SecKill.Tests.Integration.Page;

/// <summary>
/// Takes the pictures of the README, of the page while a sale runs: <c>./test.sh --explicit only --filter-class '*Pictures'</c>
/// writes them into <c>docs/pictures</c>.
/// </summary>
public sealed class Pictures(SharedBrowser browser, SharedDeployments shared) : PageTests(browser, shared.ClusterAsync)
{
    private const int Units = 12_000;
    private const string Coupon = "Breakfast for two";
    private static readonly TimeSpan _sale = TimeSpan.FromSeconds(75);

    [Fact(Explicit = true)]
    public async Task Of_a_running_sale()
    {
        var bin = new DirectoryInfo(Path.GetDirectoryName(Deployment.BuiltProgram("Gateway"))!);
        var folder = Path.Combine(bin.Parent!.Parent!.Parent!.Parent!.FullName, "docs", "pictures");
        Directory.CreateDirectory(folder);
        var (bakery, cinema) = (await NewSellerAsync("bakery"), await NewSellerAsync("cinema"));
        await NewCouponAsync(bakery, Units, Coupon);
        await NewCouponAsync(bakery, 3_000, "早餐券");
        await NewCouponAsync(cinema, 400, "Late show");
        await using var wall = await NewVisitorAsync(NewCustomer("alice"), Tokens.Customer, new()
        {
            ViewportSize = new() { Width = 1280, Height = 800 },
            ColorScheme = ColorScheme.Dark,
        });
        await using var phone = await NewVisitorAsync(new()
        {
            ViewportSize = new() { Width = 360, Height = 740 },
            ColorScheme = ColorScheme.Light,
            Locale = "zh-CN",
        });
        await wall.Window.GotoAsync(SalePath(bakery, Coupon));
        await phone.Window.GotoAsync("/");

        using var end = new CancellationTokenSource(_sale);
        await Task.WhenAll(SellAsync(bakery, Coupon, 110, end.Token), SellAsync(bakery, "早餐券", 30, end.Token), SellAsync(cinema, "Late show", 15, end.Token), ShootAsync());

        async Task ShootAsync()
        {
            await Task.Delay(_sale - TimeSpan.FromSeconds(8), TestContext.Current.CancellationToken);
            await wall.Window.ScreenshotAsync(new() { Path = Path.Combine(folder, "page.png") });
            await phone.Window.ScreenshotAsync(new() { Path = Path.Combine(folder, "phone.png") });
        }
    }

    /// <summary>A crowd that grows, in which some come twice.</summary>
    private async Task SellAsync(Account seller, string coupon, int perSecond, CancellationToken end)
    {
        var (random, known) = (new Random(5), new List<Account>());
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
        for (var tick = 1; !end.IsCancellationRequested; tick++)
        {
            await timer.WaitForNextTickAsync(TestContext.Current.CancellationToken);
            var many = perSecond * (0.4 + (tick / 400.0)) * (0.7 + (0.6 * random.NextDouble())) / 10;
            var crowd = Enumerable.Range(0, (int)Math.Ceiling(many)).Select(_ => known.Count > 50 && random.NextDouble() < 0.08 ? known[random.Next(known.Count)] : NewCustomer()).ToArray();
            known.AddRange(crowd);
            await Task.WhenAll(crowd.Select(customer => Gateways[random.Next(Gateways.Count)].ClaimAsync(customer.Token, seller.Name, coupon)));
        }
    }
}
