using Microsoft.Playwright;
using SecKill.Tests.Integration.Browser;
using SecKill.Tests.Integration.Contract;

namespace SecKill.Tests.Integration.Page;

/// <summary>A seller's till, and the customer's receipt, on the page.</summary>
public sealed class TillPageTests(SharedBrowser browser, SharedDeployments shared) : PageTests(browser, shared.ClusterAsync)
{
    private const string Redemptions = "**/redemptions**";

    // Of the QR code's finder patterns.
    private static readonly string[] _corners = ["M4 4h", "M28 4h", "M4 28h"];

    [Fact]
    public async Task A_scanner_that_types_gets_one_clear_answer_after_the_other()
    {
        var (seller, coupon, customer) = await SoldAsync();
        var code = await CodeAsync(customer, seller, coupon);
        await using var till = await NewVisitorAsync(seller, Tokens.Seller);
        var window = till.Window;
        await window.GotoAsync("/till");
        await See(window.GetByLabel("Code")).ToBeFocusedAsync();

        foreach (var (typed, word, more) in new[]
        {
            (code, "Valid", $"{coupon}, worth 5, of {customer.Name}"), ($"{code[..5]}-{code[5..]}".ToLowerInvariant(), "Used before", "till"),
            ("00000000000000000000", "No such code", "00000-00000-00000-00000"), (code[..19], "Mistyped", code[..19]),
        })
        {
            await window.Keyboard.TypeAsync(typed);
            await window.Keyboard.PressAsync("Enter");
            await See(window.Locator("#till-word")).ToHaveTextAsync(word);
            await See(window.Locator("#till-more")).ToContainTextAsync(more);
            await See(window.GetByLabel("Code")).ToBeFocusedAsync();
            await See(window.GetByLabel("Code")).ToHaveValueAsync("");
        }
        // A tap beside everything does not take the focus from the scanner.
        await window.Locator("h1").ClickAsync();
        await See(window.GetByLabel("Code")).ToBeFocusedAsync();
        Assert.Empty(till.Complaints);
    }

    [Fact]
    public async Task A_scanner_types_into_the_field_wherever_the_focus_was_left()
    {
        var (seller, coupon, customer) = await SoldAsync();
        var code = await CodeAsync(customer, seller, coupon);
        await using var till = await NewVisitorAsync(seller, Tokens.Seller);
        var (window, field) = (till.Window, till.Window.Locator("#code"));
        await window.GotoAsync("/#/shop");
        await window.GetByRole(AriaRole.Link, new() { Name = "Till" }).ClickAsync();
        await See(field).ToBeFocusedAsync();
        await window.GetByRole(AriaRole.Button, new() { Name = "中文" }).ClickAsync();
        await See(field).ToBeFocusedAsync();
        await window.GetByRole(AriaRole.Button, new() { Name = "English" }).ClickAsync();

        // What was pressed keeps the focus, and Enter would press it again.
        await window.GetByRole(AriaRole.Button, new() { Name = "Dark or light" }).FocusAsync();
        await window.Keyboard.TypeAsync(code);
        await See(field).ToHaveValueAsync(code);
        await window.Keyboard.PressAsync("Enter");
        await See(window.Locator("#till-word")).ToHaveTextAsync("Valid");

        await window.RouteAsync(Redemptions, route => route.AbortAsync());
        await ScanAsync(window, "00000000000000000000", "Offline: kept");
        await window.GetByRole(AriaRole.Button, new() { Name = "Send now" }).ClickAsync();
        await See(field).ToBeFocusedAsync();
        await window.GetByRole(AriaRole.Button, new() { Name = "Send now" }).FocusAsync();
        await window.UnrouteAsync(Redemptions);
        await window.Keyboard.PressAsync("Enter");
        await See(window.Locator("#till-queued")).ToContainTextAsync("kept here, and sent later");
        await See(field).ToBeFocusedAsync();
        // The name is typed where it belongs.
        await window.GetByLabel("Name").FillAsync("");
        await window.Keyboard.TypeAsync("door 1");
        await See(window.GetByLabel("Name")).ToHaveValueAsync("door 1");
        Assert.Empty(till.Complaints);
    }

    [Fact]
    public async Task A_redemption_is_taken_back_by_keyboard_alone()
    {
        var (seller, coupon, customer) = await SoldAsync();
        var code = await CodeAsync(customer, seller, coupon);
        await using var till = await NewVisitorAsync(seller, Tokens.Seller);
        var window = till.Window;
        await window.GotoAsync("/#/till");
        await ScanAsync(window, code, "Valid");

        await window.Keyboard.PressAsync("Tab");
        await window.Keyboard.PressAsync("Tab");
        await See(window.GetByRole(AriaRole.Button, new() { Name = "Take it back" })).ToBeFocusedAsync();
        await window.Keyboard.PressAsync("Enter");

        await See(window.Locator("#till-word")).ToHaveTextAsync("Taken back");
        await See(window.GetByRole(AriaRole.Button, new() { Name = "Take it back" })).ToBeHiddenAsync();
        await ScanAsync(window, code, "Valid");
        Assert.Empty(till.Complaints);
    }

    [Fact]
    public async Task What_is_let_pass_offline_is_kept_over_a_reload_sent_later_and_conflicts_are_shown()
    {
        var (seller, coupon, customer) = await SoldAsync();
        var other = NewCustomer();
        Expect.Claimed(await ClaimAsync(other, seller, coupon));
        var (mine, others) = (await CodeAsync(customer, seller, coupon), await CodeAsync(other, seller, coupon));
        await using var till = await NewVisitorAsync(seller, Tokens.Seller);
        var window = till.Window;
        await window.RouteAsync(Redemptions, route => route.AbortAsync());
        await window.GotoAsync("/#/till");

        await ScanAsync(window, mine, "Offline: kept");
        await ScanAsync(window, mine, "Used before");
        await ScanAsync(window, others, "Offline: kept");
        await window.ReloadAsync();
        await See(window.Locator("#till-queued")).ToContainTextAsync("2 codes are kept");
        Assert.Equal(200, (await Api.PostAsync($"{ApiClient.Users}/{seller.Name}/redemptions", new { code = mine, device = "the other till" }, seller.Token)).Status);

        await window.UnrouteAsync(Redemptions);
        await window.GetByRole(AriaRole.Button, new() { Name = "Send now" }).ClickAsync();

        await See(window.Locator("#till-queued")).ToContainTextAsync("kept here, and sent later");
        var problem = Assert.Single(await window.Locator(".problems li").AllInnerTextsAsync());
        Assert.Contains("Used before", problem, StringComparison.Ordinal);
        Assert.Contains("the other till", problem, StringComparison.Ordinal);
        await ScanAsync(window, others, "Used before");
        Assert.Empty(till.Complaints);
    }

    [Fact]
    public async Task An_answer_that_comes_after_the_view_was_left_is_shown_when_it_comes_again()
    {
        var (seller, coupon, customer) = await SoldAsync();
        var code = await CodeAsync(customer, seller, coupon);
        await using var till = await NewVisitorAsync(seller, Tokens.Seller);
        var window = till.Window;
        var isLeft = new TaskCompletionSource();
        await window.RouteAsync(Redemptions, async route =>
        {
            await isLeft.Task;
            await route.ContinueAsync();
        });
        await window.Clock.InstallAsync();
        await window.GotoAsync("/#/till");
        // However slow this machine is, the page does not give up.
        await window.Clock.PauseAtAsync(DateTime.UtcNow.AddMinutes(5));
        await ScanAsync(window, code, "Asking …");
        // One that waits for its turn.
        await window.Keyboard.TypeAsync("nonsense");
        await window.Keyboard.PressAsync("Enter");
        await window.GetByRole(AriaRole.Button, new() { Name = "中文" }).ClickAsync();
        await See(window.Locator("#till-word")).ToHaveTextAsync("正在查询……");
        await window.EvaluateAsync("location.hash = '#/shop'");
        await See(window.Locator("#till-word")).ToHaveCountAsync(0);

        isLeft.SetResult();
        await Eventually.EqualAsync("it is redeemed", "redeemed", () => StateAsync(seller, coupon), TimeSpan.FromSeconds(30));
        await window.EvaluateAsync("location.hash = '#/till'");

        await See(window.Locator("#till-word")).ToHaveTextAsync("输入有误");
        await window.Locator("h1").ClickAsync();
        await ScanAsync(window, code, "已使用过");
        Assert.Empty(till.Complaints);
    }

    [Fact]
    public async Task Once_the_servers_answer_guests_are_asked_for_again_though_what_is_kept_is_refused_for_now()
    {
        var (seller, coupon, customer) = await SoldAsync();
        var (mine, other) = (await CodeAsync(customer, seller, coupon), NewCustomer());
        Expect.Claimed(await ClaimAsync(other, seller, coupon));
        var others = await CodeAsync(other, seller, coupon);
        await using var till = await NewVisitorAsync(seller, Tokens.Seller);
        var window = till.Window;
        await window.RouteAsync(Redemptions, route => route.AbortAsync());
        await window.GotoAsync("/#/till");
        await ScanAsync(window, mine, "Offline: kept");
        await window.UnrouteAsync(Redemptions);
        await window.RouteAsync("**/redemptions/batch", route => route.FulfillAsync(new()
        {
            Status = 429,
            ContentType = "application/json",
            Body = """{"errMsg":"Too many batches of this seller are under way. Try again when one has ended."}""",
        }));
        await window.GetByRole(AriaRole.Button, new() { Name = "Send now" }).ClickAsync();
        await See(window.GetByText("Too many tries")).ToBeVisibleAsync();
        await window.Locator("h1").ClickAsync();

        await ScanAsync(window, others, "Valid");

        await See(window.Locator("#till-queued")).ToContainTextAsync("1 code");
    }

    [Fact]
    public async Task What_the_servers_refuse_as_it_is_does_not_hold_up_what_is_kept_behind_it()
    {
        var (seller, coupon, customer) = await SoldAsync();
        var code = await CodeAsync(customer, seller, coupon);
        await using var till = await NewVisitorAsync(seller, Tokens.Seller);
        var window = till.Window;
        await window.GotoAsync("/#/");
        await window.EvaluateAsync(
            """
            ([seller, code]) => localStorage.setItem('till.queue', JSON.stringify([1, 2, 3, 4, 5].map(n => ({
              seller, code: n === 5 ? code : '00000000000000000000', device: n === 3 ? 'pasted\u0001' : 'till', at: n, key: `${seller}-${n}` }))))
            """, new[] { seller.Name, code });
        await window.EvaluateAsync("location.hash = '#/till'");

        await Eventually.EqualAsync("the last one is redeemed", "redeemed", () => StateAsync(seller, coupon), TimeSpan.FromSeconds(30));
        await See(window.Locator("#till-queued")).ToContainTextAsync("kept here, and sent later");
        await See(window.Locator(".problems li")).ToHaveCountAsync(4);
        await See(window.Locator(".problems li", new() { HasText = "control characters" })).ToHaveCountAsync(1);
    }

    [Fact]
    public async Task A_receipt_shows_its_code_even_where_the_picture_cannot_be_made()
    {
        var (seller, coupon, customer) = await SoldAsync();
        await CodeAsync(customer, seller, coupon);
        await using var visitor = await NewVisitorAsync(customer, Tokens.Customer);
        await visitor.Window.RouteAsync("**/vendor/qr.js", route => route.AbortAsync());
        await visitor.Window.GotoAsync($"/#/receipt/{seller.Name}/{Uri.EscapeDataString(coupon)}");
        await See(visitor.Window.Locator("#receipt-code")).ToBeVisibleAsync();
    }

    [Fact]
    public async Task A_redemption_whose_answer_was_lost_is_no_conflict_with_itself()
    {
        var (seller, coupon, customer) = await SoldAsync();
        var code = await CodeAsync(customer, seller, coupon);
        await using var till = await NewVisitorAsync(seller, Tokens.Seller);
        var window = till.Window;
        // It reaches the server, and the answer nobody.
        await window.RouteAsync(Redemptions, async route =>
        {
            if (!route.Request.Url.EndsWith("/batch", StringComparison.Ordinal))
                await route.FetchAsync();
            await route.AbortAsync();
        });
        await window.GotoAsync("/#/till");
        await ScanAsync(window, code, "Offline: kept");

        await window.UnrouteAsync(Redemptions);
        await window.GetByRole(AriaRole.Button, new() { Name = "Send now" }).ClickAsync();

        await See(window.Locator("#till-queued")).ToContainTextAsync("kept here, and sent later");
        await See(window.Locator(".problems li")).ToHaveCountAsync(0);
        var conflicts = await Api.SendAsync(HttpMethod.Get, $"{ApiClient.CouponOf(seller.Name, coupon)}/conflicts", seller.Token);
        Assert.Equal(0, conflicts.Json!.Value.GetProperty("data").GetArrayLength());
    }

    [Fact]
    public async Task A_customer_shows_the_code_and_its_picture_until_it_is_used()
    {
        var (seller, coupon, customer) = await SoldAsync();
        var code = await CodeAsync(customer, seller, coupon);
        await using var visitor = await NewVisitorAsync(customer, Tokens.Customer);
        var window = visitor.Window;
        await window.GotoAsync("/#/market");
        await window.GetByRole(AriaRole.Link, new() { Name = $"Receipt: {coupon}" }).ClickAsync();

        await See(window.Locator("#receipt-code")).ToHaveTextAsync($"{code[..5]}-{code[5..10]}-{code[10..15]}-{code[15..]}");
        var picture = window.GetByRole(AriaRole.Img, new() { Name = $"QR code of {code[..5]}" });
        await See(picture).ToBeVisibleAsync();
        // 25 modules, of which the three corners are dark, and 4 of quiet at each side.
        Assert.Equal("0 0 33 33", await picture.GetAttributeAsync("viewBox"));
        var dark = await picture.Locator("path").GetAttributeAsync("d");
        Assert.All(_corners, corner => Assert.Contains(corner, dark, StringComparison.Ordinal));

        await Api.PostAsync($"{ApiClient.Users}/{seller.Name}/redemptions", new { code, device = "till" }, seller.Token);
        await window.GetByRole(AriaRole.Button, new() { Name = "Look again" }).ClickAsync();
        await See(window.GetByText("Used ")).ToBeVisibleAsync();
        await See(picture).ToHaveCountAsync(0);
        Assert.Empty(visitor.Complaints);
    }

    [Fact]
    public async Task Both_fit_a_phone_and_can_be_read()
    {
        var (seller, coupon, customer) = await SoldAsync();
        var code = await CodeAsync(customer, seller, coupon);
        var phone = new BrowserNewContextOptions { ViewportSize = new() { Width = 320, Height = 640 }, HasTouch = true, Locale = "zh-CN" };
        foreach (var (account, kind, path) in new[]
        {
            (seller, Tokens.Seller, "/#/till"), (customer, Tokens.Customer, $"/#/receipt/{seller.Name}/{Uri.EscapeDataString(coupon)}"),
        })
        {
            await using var visitor = await NewVisitorAsync(account, kind, phone);
            var window = visitor.Window;
            await window.GotoAsync(path);
            if (kind == Tokens.Seller)
                await ScanAsync(window, code, "有效");
            else
                await See(window.Locator("#receipt-code")).ToBeVisibleAsync();
            Assert.Equal(320, await window.EvaluateAsync<int>("() => document.documentElement.scrollWidth"));
            Assert.Empty(await window.EvaluateAsync<string[]>(Legibility.UnlabelledFields));
            Assert.Empty(await window.EvaluateAsync<string[]>(Legibility.FaintTexts));
            Assert.Empty(visitor.Complaints);
        }
    }

    [Fact]
    public async Task Customers_have_no_till_and_sellers_no_receipts()
    {
        var (seller, coupon, customer) = await SoldAsync();
        foreach (var (account, kind, path) in new[] { (customer, Tokens.Customer, "/#/till"), (seller, Tokens.Seller, $"/#/receipt/{seller.Name}/{coupon}") })
        {
            await using var visitor = await NewVisitorAsync(account, kind);
            await visitor.Window.GotoAsync(path);
            await See(visitor.Window.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToContainTextAsync("This is for");
        }
    }

    private async Task<(Account Seller, string Coupon, Account Customer)> SoldAsync()
    {
        var (seller, customer) = (await NewSellerAsync(), NewCustomer());
        var coupon = await NewCouponAsync(seller, 3);
        Expect.Claimed(await ClaimAsync(customer, seller, coupon));
        return (seller, coupon, customer);
    }

    private async Task<string> CodeAsync(Account customer, Account seller, string coupon)
    {
        var answer = await Api.SendAsync(HttpMethod.Get, $"{ApiClient.CouponOf(seller.Name, coupon)}/claims/{customer.Name}/receipt", customer.Token);
        return answer.Json?.GetProperty("data").GetProperty("code").GetString() ?? throw new InvalidOperationException($"{answer}");
    }

    private async Task<string> StateAsync(Account seller, string coupon)
    {
        var claims = await Api.SendAsync(HttpMethod.Get, $"{ApiClient.CouponOf(seller.Name, coupon)}/claims", seller.Token);
        return claims.Json!.Value.GetProperty("data")[0].GetProperty("state").GetString()!;
    }

    private static async Task ScanAsync(IPage window, string code, string word)
    {
        await See(window.Locator("#code")).ToBeFocusedAsync();
        await window.Keyboard.TypeAsync(code);
        await window.Keyboard.PressAsync("Enter");
        await See(window.Locator("#till-word")).ToHaveTextAsync(word);
    }
}
