using System.Text.RegularExpressions;
using Microsoft.Playwright;
using SecKill.Tests.Integration.Browser;
using SecKill.Tests.Integration.Contract;

namespace SecKill.Tests.Integration.Page;

/// <summary>A seller changes a sale on its page while it sells, and customers see it.</summary>
public sealed partial class ChangesPageTests(SharedBrowser browser, SharedDeployments shared) : PageTests(browser, shared.ClusterAsync)
{
    private const string Key = "idempotency-key", Version = "if-match";

    [Fact]
    public async Task A_seller_pauses_and_resumes_by_keyboard_and_the_customers_button_waits_and_opens_by_itself()
    {
        var seller = await NewSellerAsync();
        var coupon = await NewCouponAsync(seller, 5);
        await using var shop = await NewVisitorAsync(seller, Tokens.Seller);
        await using var customer = await NewVisitorAsync(NewCustomer(), Tokens.Customer);
        var (window, result) = (shop.Window, shop.Window.Locator(".changes .result"));
        await window.GotoAsync(SalePath(seller, coupon));
        await customer.Window.GotoAsync(SalePath(seller, coupon));
        await See(window.Locator("#condition")).ToHaveTextAsync("On sale");
        await customer.Window.GetByRole(AriaRole.Button, new() { Name = $"Claim one: {coupon}" }).FocusAsync();

        await window.GetByLabel("Reason").FocusAsync();
        await window.Keyboard.TypeAsync("The price is wrong.");
        await window.Keyboard.PressAsync("Tab");
        await See(window.GetByRole(AriaRole.Button, new() { Name = "Pause the sale" })).ToBeFocusedAsync();
        await window.Keyboard.PressAsync("Enter");

        await See(result).ToHaveTextAsync("Paused: nobody can claim now.");
        await See(window.Locator("#condition")).ToHaveTextAsync("Paused: The price is wrong.");
        var resume = window.GetByRole(AriaRole.Button, new() { Name = "Resume the sale" });
        await See(resume).ToBeFocusedAsync();
        var waiting = customer.Window.GetByRole(AriaRole.Button, new() { Name = $"Paused: {coupon}", Exact = true });
        await See(waiting).ToBeFocusedAsync();
        await See(customer.Window.Locator(".claimer .result")).ToHaveTextAsync("This sale is paused. The button opens by itself when it goes on.");
        await customer.Window.Keyboard.PressAsync("Enter");
        await See(waiting).ToBeFocusedAsync();

        await window.Keyboard.PressAsync("Space");

        await See(result).ToHaveTextAsync("It is on sale again.");
        await See(window.GetByRole(AriaRole.Button, new() { Name = "Pause the sale" })).ToBeFocusedAsync();
        await See(window.GetByLabel("Reason")).ToHaveValueAsync("");
        await See(customer.Window.GetByRole(AriaRole.Button, new() { Name = $"Claim one: {coupon}" })).ToBeFocusedAsync();
        await customer.Window.Keyboard.PressAsync("Enter");
        await See(customer.Window.Locator(".claimer .result")).ToHaveTextAsync("It is yours!");
        Assert.Empty(shop.Complaints.Concat(customer.Complaints));
    }

    [Theory]
    [InlineData("en-US", "Units in all", "Change the units", "3 units are sold already: there cannot be fewer.", "Units in all: 40, left: 37.")]
    [InlineData("zh-CN", "总张数", "修改张数", "已售出 3 张，不能更少。", "现共 40 张，剩 37 张。")]
    public async Task An_amount_below_what_is_sold_is_refused_with_the_reason_and_a_larger_one_is_taken(
        string language, string field, string button, string refusal, string done)
    {
        var seller = await NewSellerAsync();
        var coupon = await NewCouponAsync(seller, 20);
        for (var i = 0; i < 3; i++)
            Expect.Claimed(await ClaimAsync(NewCustomer(), seller, coupon));
        await using var visitor = await NewVisitorAsync(seller, Tokens.Seller, new() { Locale = language });
        var window = visitor.Window;
        await window.GotoAsync(SalePath(seller, coupon));
        var amount = window.GetByLabel(field);
        await See(amount).ToHaveValueAsync("20");

        await amount.FillAsync("2");
        await window.Keyboard.PressAsync("Enter");
        await See(window.Locator(".changes .result")).ToHaveTextAsync(refusal);
        await See(window.Locator("#left")).ToHaveTextAsync("17");

        await amount.FillAsync("40");
        await window.GetByRole(AriaRole.Button, new() { Name = button }).ClickAsync();
        await See(window.Locator(".changes .result")).ToHaveTextAsync(done);
        await See(window.Locator("#left")).ToHaveTextAsync("37");
        await See(amount).ToHaveValueAsync("40");
        Assert.Empty(visitor.Complaints);
    }

    [Fact]
    public async Task What_another_window_changed_first_is_told_and_shown_and_not_overwritten()
    {
        var seller = await NewSellerAsync();
        var coupon = await NewCouponAsync(seller, 20);
        await using var visitor = await NewVisitorAsync(seller, Tokens.Seller);
        var window = visitor.Window;
        await window.GotoAsync(SalePath(seller, coupon));
        var amount = window.GetByLabel("Units in all");
        await See(amount).ToHaveValueAsync("20");
        await amount.FillAsync("30");

        await ChangeAsync(HttpMethod.Put, seller, coupon, "amount", new { amount = 50 });
        await See(window.Locator("#left")).ToHaveTextAsync("50");
        await See(amount).ToHaveValueAsync("30");
        await window.Keyboard.PressAsync("Enter");

        await See(window.Locator(".changes .result")).ToHaveTextAsync("The sale was changed meanwhile, and is shown as it is now. Look, and try again.");
        await See(amount).ToHaveValueAsync("50");
        await amount.FillAsync("30");
        await window.Keyboard.PressAsync("Enter");
        await See(window.Locator(".changes .result")).ToHaveTextAsync("Units in all: 30, left: 30.");
        Assert.Empty(visitor.Complaints);
    }

    [Fact]
    public async Task A_change_without_a_certain_answer_is_repeated_with_its_key_and_takes_effect_once()
    {
        var seller = await NewSellerAsync();
        var coupon = await NewCouponAsync(seller, 20);
        await using var visitor = await NewVisitorAsync(seller, Tokens.Seller);
        var (window, sent) = (visitor.Window, new ConcurrentQueue<(string Key, string Version)>());
        await window.RouteAsync("**/amount", async route =>
        {
            sent.Enqueue((route.Request.Headers[Key], route.Request.Headers[Version]));
            // It took effect each time, but only the last answer arrives.
            if (sent.Count is 2 or 4)
                await route.FetchAsync();
            if (sent.Count is 1 or 2)
                await route.FulfillAsync(new() { Status = 503, Headers = new Dictionary<string, string> { ["Retry-After"] = "1" }, Body = """{"errMsg":"x"}""" });
            else if (sent.Count is 3 or 4 or 5)
                await route.AbortAsync();
            else
                await route.ContinueAsync();
        });
        await window.GotoAsync(SalePath(seller, coupon));
        var (amount, result) = (window.GetByLabel("Units in all"), window.Locator(".changes .result"));
        await See(amount).ToHaveValueAsync("20");

        await amount.FillAsync("30");
        await window.Keyboard.PressAsync("Enter");
        await See(result).ToHaveTextAsync("No answer that is certain yet. Trying again in 1 s (try 1). It takes effect once.");
        await See(result).ToHaveTextAsync("It is not known whether it was done. Try again: it takes effect once.");
        await See(amount).ToBeFocusedAsync();

        await See(window.Locator("#left")).ToHaveTextAsync("30");
        Assert.Equal(4, sent.Count);
        var first = Assert.Single(sent.Distinct());
        Assert.Matches(VisibleAscii(), first.Key);
        Assert.Equal("\"0\"", first.Version);
        var changes = await ChangesAsync(seller, coupon);
        Assert.Equal(["amount"], changes);

        // Another wish has a key of its own, bound to the version that is shown by now.
        await See(amount).ToHaveValueAsync("30");
        await amount.FillAsync("35");
        await window.Keyboard.PressAsync("Enter");
        await See(result).ToHaveTextAsync("Units in all: 35, left: 35.");
        Assert.Equal(["amount", "amount"], await ChangesAsync(seller, coupon));
        var second = Assert.Single(sent.Skip(4).Distinct());
        Assert.NotEqual(first.Key, second.Key);
        Assert.Equal("\"1\"", second.Version);
        Assert.Empty(visitor.Complaints);
    }

    [Fact]
    public async Task Pressed_again_after_it_was_given_up_a_change_keeps_its_key_while_nothing_has_changed()
    {
        var seller = await NewSellerAsync();
        var coupon = await NewCouponAsync(seller, 20);
        await using var visitor = await NewVisitorAsync(seller, Tokens.Seller);
        var (window, keys) = (visitor.Window, new ConcurrentQueue<string>());
        await window.RouteAsync("**/pause", async route =>
        {
            keys.Enqueue(route.Request.Headers[Key]);
            await (keys.Count <= 4 ? route.AbortAsync() : route.ContinueAsync());
        });
        await window.GotoAsync(SalePath(seller, coupon));
        await See(window.Locator("#condition")).ToHaveTextAsync("On sale");

        await window.GetByRole(AriaRole.Button, new() { Name = "Pause the sale" }).ClickAsync();
        await See(window.Locator(".changes .result")).ToHaveTextAsync("It is not known whether it was done. Try again: it takes effect once.");
        await window.GetByRole(AriaRole.Button, new() { Name = "Pause the sale" }).ClickAsync();

        await See(window.Locator("#condition")).ToHaveTextAsync("Paused");
        Assert.Equal(5, keys.Count);
        Assert.Single(keys.Distinct());
        await window.GetByRole(AriaRole.Button, new() { Name = "Resume the sale" }).ClickAsync();
        await See(window.Locator("#condition")).ToHaveTextAsync("On sale");
        await window.GetByRole(AriaRole.Button, new() { Name = "Pause the sale" }).ClickAsync();
        await See(window.Locator("#condition")).ToHaveTextAsync("Paused");
        Assert.Equal(2, keys.Distinct().Count());
        Assert.Empty(visitor.Complaints);
    }

    [Fact]
    public async Task Before_it_ends_a_sale_it_asks_and_by_keyboard_that_is_left_as_it_was_come_to()
    {
        var seller = await NewSellerAsync();
        var coupon = await NewCouponAsync(seller, 5);
        await using var shop = await NewVisitorAsync(seller, Tokens.Seller);
        await using var customer = await NewVisitorAsync(NewCustomer(), Tokens.Customer);
        var window = shop.Window;
        await window.GotoAsync(SalePath(seller, coupon));
        await customer.Window.GotoAsync(SalePath(seller, coupon));
        await See(window.Locator("#condition")).ToHaveTextAsync("On sale");
        var (end, cancel) = (window.GetByRole(AriaRole.Button, new() { Name = "End now" }), window.GetByRole(AriaRole.Button, new() { Name = "Cancel" }));
        await end.FocusAsync();

        await window.Keyboard.PressAsync("Enter");
        await See(cancel).ToBeFocusedAsync();
        await window.Keyboard.PressAsync("Escape");
        await See(end).ToBeFocusedAsync();
        await See(cancel).ToBeHiddenAsync();
        // Pressed twice by mistake it does nothing.
        await window.Keyboard.PressAsync("Enter");
        await window.Keyboard.PressAsync("Enter");
        await See(end).ToBeFocusedAsync();
        Assert.Empty(await ChangesAsync(seller, coupon));

        await window.Keyboard.PressAsync("Enter");
        await window.Keyboard.PressAsync("Shift+Tab");
        await See(window.GetByRole(AriaRole.Button, new() { Name = "End it" })).ToBeFocusedAsync();
        await window.Keyboard.PressAsync("Enter");

        await See(window.Locator(".changes .result")).ToHaveTextAsync("The sale is over.");
        await See(end).ToBeFocusedAsync();
        await See(window.Locator("#condition")).ToHaveTextAsync("Over");
        await See(customer.Window.GetByRole(AriaRole.Button, new() { Name = $"Over: {coupon}" })).ToBeVisibleAsync();
        await See(customer.Window.Locator(".claimer .result")).ToHaveTextAsync("This sale is over.");
        await See(customer.Window.Locator("#window")).ToContainTextAsync("Ended ");

        // A later end opens it again.
        await window.GetByLabel("Ends").FillAsync("2099-01-02T09:00:05");
        await window.GetByRole(AriaRole.Button, new() { Name = "Change the times" }).ClickAsync();
        await See(window.Locator("#condition")).ToHaveTextAsync("On sale");
        await customer.Window.GetByRole(AriaRole.Button, new() { Name = $"Claim one: {coupon}" }).ClickAsync();
        await See(customer.Window.Locator(".claimer .result")).ToHaveTextAsync("It is yours!");
        Assert.Empty(shop.Complaints.Concat(customer.Complaints));
    }

    [Fact]
    public async Task To_close_at_what_is_sold_asks_too_and_where_nothing_is_sold_it_tells_what_to_do()
    {
        var seller = await NewSellerAsync();
        var coupon = await NewCouponAsync(seller, 5);
        await using var visitor = await NewVisitorAsync(seller, Tokens.Seller);
        var (window, result) = (visitor.Window, visitor.Window.Locator(".changes .result"));
        await window.GotoAsync(SalePath(seller, coupon));
        await See(window.GetByLabel("Units in all")).ToHaveValueAsync("5");
        await CloseAsync();
        await See(result).ToHaveTextAsync("Nothing is sold yet, so no unit would remain. End the sale in place of it.");

        Expect.Claimed(await ClaimAsync(NewCustomer(), seller, coupon));
        await CloseAsync();
        await See(result).ToHaveTextAsync("Units in all: 1, left: 0.");
        await See(window.Locator("#condition")).ToHaveTextAsync("Sold out");
        await See(window.Locator("#left")).ToHaveTextAsync("Sold out");
        // The report is counted again.
        await See(window.Locator("#report-left")).ToHaveTextAsync("0");
        Assert.Empty(visitor.Complaints);

        async Task CloseAsync()
        {
            await window.GetByRole(AriaRole.Button, new() { Name = "Close at what is sold" }).ClickAsync();
            await See(window.GetByRole(AriaRole.Group)).ToContainTextAsync("Close at what is sold? What is left goes off sale.");
            await window.GetByRole(AriaRole.Button, new() { Name = "Close it" }).ClickAsync();
        }
    }

    [Fact]
    public async Task Times_that_were_not_typed_stay_to_the_millisecond_and_a_start_that_is_past_is_not_put_off()
    {
        var seller = await NewSellerAsync();
        var coupon = Names.Fresh("sale");
        const long startsAt = 4_000_000_000_123, later = 4_000_003_600_000;
        Expect.Created(await Api.PostAsync(ApiClient.CouponsOf(seller.Name), new { name = coupon, amount = 5, stock = 5, description = "", startsAt }, seller.Token));
        await using var visitor = await NewVisitorAsync(seller, Tokens.Seller, new() { TimezoneId = "Asia/Shanghai" });
        var (window, sent) = (visitor.Window, new ConcurrentQueue<string>());
        window.Request += (_, request) =>
        {
            if (request.Method == "PUT")
                sent.Enqueue(request.PostData ?? "");
        };
        await window.GotoAsync(SalePath(seller, coupon));
        await See(window.GetByLabel("Starts")).ToHaveValueAsync("2096-10-02T15:06:40");
        await See(window.Locator("#zone")).ToHaveTextAsync("In your own time: Asia/Shanghai.");
        await See(window.Locator("#condition")).ToHaveTextAsync("Not started yet");
        var set = window.GetByRole(AriaRole.Button, new() { Name = "Change the times" });

        await set.ClickAsync();
        await See(window.Locator(".changes .result")).ToHaveTextAsync("Nothing was changed.");
        await window.GetByLabel("Ends").FillAsync("2096-10-02T16:06:40");
        await set.ClickAsync();
        await See(window.Locator(".changes .result")).ToHaveTextAsync("The times are changed.");
        await window.GetByLabel("Starts").FillAsync("");
        await set.ClickAsync();
        await See(window.Locator("#condition")).ToHaveTextAsync("On sale");
        await window.GetByLabel("Starts").FillAsync("2096-10-02T15:06:40");
        await set.ClickAsync();
        await See(window.Locator(".changes .result")).ToHaveTextAsync("The sale has started: its start cannot be later now.");

        Assert.Equal([$$"""{"endsAt":{{later}}}""", """{"startsAt":null}""", """{"startsAt":4000000000000}"""], sent);
        Assert.Empty(visitor.Complaints);
    }

    [Fact]
    public async Task A_sale_that_operators_have_stopped_shows_as_paused_by_them_and_the_sellers_pause_beside_that()
    {
        var seller = await NewSellerAsync();
        var coupon = await NewCouponAsync(seller, 5);
        await using var visitor = await NewVisitorAsync(seller, Tokens.Seller);
        var window = visitor.Window;
        await StopAsync("stop");
        await window.GotoAsync(SalePath(seller, coupon));
        await See(window.Locator("#condition")).ToHaveTextAsync("Paused by an operator");

        await window.GetByRole(AriaRole.Button, new() { Name = "Pause the sale" }).ClickAsync();
        await See(window.Locator("#condition")).ToHaveTextAsync("Paused");
        await window.GetByRole(AriaRole.Button, new() { Name = "Resume the sale" }).ClickAsync();

        await See(window.Locator(".changes .result")).ToHaveTextAsync("Your pause is over, but an operator has stopped this sale.");
        await See(window.Locator("#condition")).ToHaveTextAsync("Paused by an operator");
        await StopAsync("start");
        Assert.Empty(visitor.Complaints);

        async Task StopAsync(string action)
        {
            var answer = await Api.SendAsync(HttpMethod.Post, $"/api/admin/{action}?scope=coupon&seller={seller.Name}&coupon={coupon}", $"Bearer {SharedDeployments.AdminKey}");
            Check.Equal(200, answer.Status, $"{answer}");
        }
    }

    [Theory]
    [InlineData(ColorScheme.Dark, "en-US")]
    [InlineData(ColorScheme.Light, "zh-CN")]
    public async Task The_switch_fits_a_phone_and_can_be_read_whatever_it_says(ColorScheme scheme, string language)
    {
        var seller = await NewSellerAsync();
        var coupon = await NewCouponAsync(seller, 1_000_000);
        Expect.Claimed(await ClaimAsync(NewCustomer(), seller, coupon));
        await ChangeAsync(HttpMethod.Post, seller, coupon, "pause", new { reason = new string('m', 200) });
        await using var visitor = await NewVisitorAsync(seller, Tokens.Seller, new() { ViewportSize = new() { Width = 360, Height = 740 }, ColorScheme = scheme, Locale = language });
        await using var customer = await NewVisitorAsync(NewCustomer(), Tokens.Customer, new() { ViewportSize = new() { Width = 360, Height = 740 }, ColorScheme = scheme, Locale = language });
        var window = visitor.Window;
        await window.GotoAsync(SalePath(seller, coupon));
        await customer.Window.GotoAsync(SalePath(seller, coupon));
        await See(window.Locator("#condition")).ToContainTextAsync("mmm");
        await See(customer.Window.Locator(".claim.waits")).ToBeVisibleAsync();

        foreach (var button in await window.Locator(".parts > form > .buttons button[type=button]").AllAsync())
            await button.ClickAsync();
        await window.Locator("#amount").FillAsync("x");
        await window.Locator("#amount").PressAsync("Enter");

        await See(window.Locator("#amount-fault")).Not.ToBeEmptyAsync();
        await See(window.Locator(".question:visible")).ToHaveCountAsync(2);
        foreach (var one in new[] { window, customer.Window })
        {
            Assert.Equal(360, await one.EvaluateAsync<int>("document.documentElement.scrollWidth"));
            Assert.Empty(await one.EvaluateAsync<string[]>(Legibility.UnlabelledFields));
            Assert.Empty(await one.EvaluateAsync<string[]>(Legibility.FaintTexts));
        }
        Assert.Empty(visitor.Complaints.Concat(customer.Complaints));
    }

    private async Task ChangeAsync(HttpMethod method, Account seller, string coupon, string route, object body)
    {
        using var content = new StringContent(JsonSerializer.Serialize(body), Encoding.UTF8, "application/json");
        var answer = await Api.SendAsync(method, $"{ApiClient.CouponOf(seller.Name, coupon)}/{route}", seller.Token, content);
        Check.Equal(200, answer.Status, $"{answer}");
    }

    /// <summary>What was changed, by the coupon's record.</summary>
    private async Task<string[]> ChangesAsync(Account seller, string coupon)
    {
        var answer = await Other.SendAsync(HttpMethod.Get, $"{ApiClient.CouponOf(seller.Name, coupon)}/operations", seller.Token);
        Check.Equal(200, answer.Status, $"{answer}");
        return [.. answer.Json!.Value.GetProperty("data").EnumerateArray().Select(one => one.GetProperty("action").GetString()!)];
    }

    [GeneratedRegex("^[!-~]{16,64}$")]
    private static partial Regex VisibleAscii();
}
