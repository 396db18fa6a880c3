using Microsoft.Playwright;
using SecKill.Tests.Integration.Browser;
using SecKill.Tests.Integration.Contract;

namespace SecKill.Tests.Integration.Page;

/// <summary>A sale that has not begun: created on the page, counted down to, and claimed the moment it opens.</summary>
public sealed class CountdownPageTests(SharedBrowser browser, SharedDeployments shared) : PageTests(browser, shared.ClusterAsync)
{
    private static readonly BrowserNewContextOptions _phone = new() { ViewportSize = new() { Width = 360, Height = 740 }, HasTouch = true, IsMobile = true };

    [Fact]
    public async Task The_button_waits_counts_down_and_opens_by_itself_with_the_keyboard_on_it()
    {
        var seller = await NewSellerAsync();
        var coupon = await NewSaleAsync(seller, TimeSpan.FromSeconds(8));
        await using var visitor = await NewVisitorAsync(NewCustomer(), Tokens.Customer, _phone);
        var window = visitor.Window;
        await window.GotoAsync(SalePath(seller, coupon));

        var closed = window.GetByRole(AriaRole.Button, new() { Name = $"Not yet on sale: {coupon}" });
        await See(closed).ToBeVisibleAsync();
        await See(window.GetByRole(AriaRole.Timer)).ToHaveTextAsync(new System.Text.RegularExpressions.Regex("^Starts in 0:0[0-9]$"));
        await See(window.Locator("#window")).ToContainTextAsync("Starts ");
        Assert.Equal(360, await window.EvaluateAsync<int>("document.documentElement.scrollWidth"));
        await closed.FocusAsync();
        await window.Keyboard.PressAsync("Enter");
        await See(closed).ToBeFocusedAsync();

        var open = window.GetByRole(AriaRole.Button, new() { Name = $"Claim one: {coupon}" });
        await See(open).ToBeFocusedAsync(new() { Timeout = 30_000 });
        await See(window.Locator(".claimer .result")).ToHaveTextAsync("It has begun: claim now.");
        await window.Keyboard.PressAsync("Enter");
        await See(window.Locator(".claimer .result")).ToHaveTextAsync("It is yours!");
        Assert.Empty(visitor.Complaints);
    }

    [Fact]
    public async Task The_countdown_goes_by_no_time_of_day_and_never_backwards()
    {
        var seller = await NewSellerAsync();
        var coupon = await NewSaleAsync(seller, TimeSpan.FromDays(2));
        await using var visitor = await NewVisitorAsync(NewCustomer(), Tokens.Customer, new() { Locale = "zh-CN" });
        var window = visitor.Window;
        // The device believes that the sale was years ago.
        await window.AddInitScriptAsync("Date.now = () => 4e12; Date = class extends Date { constructor(...a) { super(...(a.length ? a : [4e12])); } }");
        await window.GotoAsync(SalePath(seller, coupon));
        await See(window.GetByRole(AriaRole.Timer)).ToContainTextAsync("1 天 23:59:");

        var shown = new List<int>();
        while (shown.Distinct().Count() < 4)
            shown.Add(int.Parse((await window.GetByRole(AriaRole.Timer).InnerTextAsync()).Split("23:59:")[1][..2], CultureInfo.InvariantCulture));

        Assert.Equal(shown.OrderDescending(), shown);
        await See(window.GetByRole(AriaRole.Button, new() { Name = $"尚未开抢：{coupon}" })).ToBeVisibleAsync();
    }

    [Fact]
    public async Task A_seller_creates_a_coupon_with_a_window_and_is_told_of_one_that_cannot_be()
    {
        await using var visitor = await NewVisitorAsync();
        var (window, name, coupon) = (visitor.Window, Names.Fresh("seller"), Names.Fresh("tomorrow"));
        await RegisterAsync(window, name, "Seller");
        await window.GetByLabel("Name").FillAsync(coupon);
        await window.GetByLabel("Units").FillAsync("20");
        await window.GetByLabel("Face value").FillAsync("5");
        await window.GetByLabel("Starts").FillAsync("2099-01-02T08:00:05");
        await window.GetByLabel("Ends").FillAsync("2099-01-02T08:00:05");
        await window.GetByRole(AriaRole.Button, new() { Name = "Create" }).ClickAsync();
        await See(window.Locator("#ends-fault")).ToHaveTextAsync("The end must be after the start.");

        await window.GetByLabel("Ends").FillAsync("2099-01-02T09:00:05");
        await window.GetByRole(AriaRole.Button, new() { Name = "Create" }).ClickAsync();
        await See(window.GetByRole(AriaRole.Status)).ToContainTextAsync($"“{coupon}” goes on sale");
        await window.GetByRole(AriaRole.Status).GetByRole(AriaRole.Link, new() { Name = "Watch" }).ClickAsync();
        await See(window.GetByRole(AriaRole.Timer)).ToContainTextAsync("Starts in ");
        await See(window.Locator("#window")).ToContainTextAsync("2099");
        Assert.Empty(visitor.Complaints);
    }

    private async Task<string> NewSaleAsync(Account seller, TimeSpan startsIn)
    {
        var name = Names.Fresh("sale");
        var startsAt = (DateTimeOffset.UtcNow + startsIn).ToUnixTimeMilliseconds();
        Expect.Created(await Api.PostAsync(ApiClient.CouponsOf(seller.Name), new { name, amount = 5, stock = 5, description = "", startsAt }, seller.Token));
        return name;
    }
}
