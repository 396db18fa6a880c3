using Microsoft.Playwright;
using SecKill.Tests.Api;
using SecKill.Tests.Browser;
using SecKill.Tests.Deployments;
using Xunit;

namespace SecKill.Tests.Page;

/// <summary>The sale page, as people use it.</summary>
public sealed class SalePageTests(SharedBrowser browser, SharedDeployments shared) : PageTests(browser, shared.ClusterAsync)
{
    private static readonly ViewportSize _phone = new() { Width = 360, Height = 740 };

    [Fact]
    public async Task A_seller_registers_creates_a_coupon_and_watches_pieces_go_that_others_claim()
    {
        await using var visitor = await NewVisitorAsync();
        var (window, name, coupon) = (visitor.Window, Names.Fresh("seller"), Names.Fresh("早餐 & more"));
        await RegisterAsync(window, name, "Seller");

        await window.GetByRole(AriaRole.Button, new() { Name = "Create" }).ClickAsync();
        await See(window.Locator("#name-fault")).ToHaveTextAsync("Needed.");
        await See(window.Locator("#amount-fault")).ToContainTextAsync("whole number");
        await window.GetByLabel("Name").FillAsync(coupon);
        await window.GetByLabel("Pieces").FillAsync("20");
        await window.GetByLabel("Face value").FillAsync("5");
        await window.GetByRole(AriaRole.Button, new() { Name = "Create" }).ClickAsync();
        await See(window.GetByRole(AriaRole.Status)).ToContainTextAsync($"“{coupon}” is on sale.");
        await window.GetByRole(AriaRole.Status).GetByRole(AriaRole.Link, new() { Name = "Watch" }).ClickAsync();
        await See(window.Locator("#left")).ToHaveTextAsync("20");
        await See(window.GetByText("Live", new() { Exact = true }).Last).ToBeVisibleAsync();

        // Through the other gateway, which this window does not watch.
        for (var i = 0; i < 3; i++)
            Expect.Claimed(await Other.ClaimAsync(NewCustomer().Token, name, coupon));

        await See(window.Locator("#left")).ToHaveTextAsync("17");
        await See(window.Locator("#won")).ToHaveTextAsync("3");
        await See(window.Locator("#lag")).ToHaveTextAsync("0 s");
        await See(window.Locator("#silos")).ToHaveTextAsync("2");
        Assert.Empty(visitor.Complaints);
    }

    [Fact]
    public async Task A_customer_claims_with_one_button_and_hears_what_came_of_it_and_who_comes_too_late_does_too()
    {
        var seller = await NewSellerAsync();
        var coupon = await NewCouponAsync(seller, 1);
        await using var visitor = await NewVisitorAsync();
        var window = visitor.Window;
        await RegisterAsync(window, Names.Fresh("customer"), "Customer");

        await window.GetByRole(AriaRole.Textbox, new() { Name = "Seller" }).FillAsync(seller.Name);
        await window.GetByRole(AriaRole.Button, new() { Name = "Look" }).ClickAsync();
        var claim = window.GetByRole(AriaRole.Button, new() { Name = "Claim one" });
        await claim.ClickAsync();
        await See(window.Locator(".claimer .result")).ToHaveTextAsync("It is yours!");
        await See(window.GetByRole(AriaRole.Region, new() { Name = "Yours" })).ToContainTextAsync(coupon);
        await claim.ClickAsync();
        await See(window.Locator(".claimer .result")).ToHaveTextAsync("You have one already.");

        await using var late = await NewVisitorAsync(NewCustomer(), Tokens.Customer);
        await late.Window.GotoAsync(SalePath(seller, coupon));
        await See(late.Window.Locator("#left")).ToHaveTextAsync("Sold out");
        await late.Window.GetByRole(AriaRole.Button, new() { Name = "Claim one" }).ClickAsync();
        await See(late.Window.Locator(".claimer .result")).ToHaveTextAsync("Sold out: you were too late.");
        await See(late.Window.Locator("#refused")).ToHaveTextAsync("2");
        Assert.Empty(visitor.Complaints.Concat(late.Complaints));
    }

    [Fact]
    public async Task A_claim_that_could_not_be_decided_is_made_again_by_itself_and_its_customer_told_that_this_is_safe()
    {
        var seller = await NewSellerAsync();
        var coupon = await NewCouponAsync(seller, 1);
        await using var visitor = await NewVisitorAsync(NewCustomer(), Tokens.Customer);
        var (window, asked) = (visitor.Window, 0);
        await window.RouteAsync("**/api/users/**", route => route.Request.Method == "PATCH" && Interlocked.Increment(ref asked) == 1
            ? route.FulfillAsync(new() { Status = 503, Headers = new Dictionary<string, string> { ["Retry-After"] = "2" }, Body = """{"errMsg":"x"}""" })
            : route.ContinueAsync());
        await window.GotoAsync(SalePath(seller, coupon));

        await window.GetByRole(AriaRole.Button, new() { Name = "Claim one" }).ClickAsync();

        await See(window.Locator(".claimer .result")).ToHaveTextAsync("Not decided yet. Trying again in 2 s (try 1). This is safe: nobody gets two.");
        await See(window.Locator(".claimer .result")).ToHaveTextAsync("It is yours!");
        await See(window.Locator("#left")).ToHaveTextAsync("Sold out");
    }

    [Fact]
    public async Task The_wrong_password_and_a_name_that_is_taken_are_told()
    {
        var account = await NewRegisteredCustomerAsync();
        await using var visitor = await NewVisitorAsync();
        var window = visitor.Window;
        await window.GotoAsync("/#/login");
        await window.GetByLabel("User name").FillAsync(account.Name);
        await window.GetByLabel("Password").FillAsync("wrong");
        await window.GetByRole(AriaRole.Button, new() { Name = "Log in" }).ClickAsync();
        await See(window.GetByRole(AriaRole.Alert)).ToHaveTextAsync("The password is wrong.");
        await window.GetByRole(AriaRole.Button, new() { Name = "Register" }).ClickAsync();
        await See(window.GetByRole(AriaRole.Alert)).ToHaveTextAsync("This user name is taken.");

        await window.GetByLabel("Password").FillAsync(Password);
        await window.Keyboard.PressAsync("Enter");
        await window.GetByRole(AriaRole.Button, new() { Name = "Log out" }).ClickAsync();
        await See(window.GetByRole(AriaRole.Link, new() { Name = "Log in", Exact = true })).ToBeVisibleAsync();
    }

    [Fact]
    public async Task It_speaks_the_browsers_language_and_the_one_that_is_chosen_and_has_all_texts_in_both()
    {
        await using var visitor = await NewVisitorAsync(new() { Locale = "zh-CN" });
        var window = visitor.Window;
        await window.GotoAsync("/");
        await See(window.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToHaveTextAsync("秒杀实况");
        await See(window.Locator("html")).ToHaveAttributeAsync("lang", "zh-Hans");

        await window.GetByRole(AriaRole.Button, new() { Name = "English" }).ClickAsync();
        await window.ReloadAsync();
        await See(window.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToHaveTextAsync("Live sales");
        await See(window.Locator("html")).ToHaveAttributeAsync("lang", "en");

        var texts = await window.EvaluateAsync<string[][]>("""
            async () => {
              const [en, zh] = (await Promise.all([import('/texts/en.js'), import('/texts/zh.js')])).map(module => module.default);
              const shape = texts => Object.entries(texts).map(([key, text]) => `${key} ${(text.match(/\{\w+\}/g) ?? []).sort()}`).sort();
              return [shape(en), shape(zh)];
            }
            """);
        Assert.True(texts[0].Length > 50);
        Assert.Equal(texts[0], texts[1]);
    }

    [Fact]
    public async Task Names_that_look_like_HTML_are_shown_as_they_are_and_do_nothing()
    {
        const string nasty = "<img src=x onerror=document.title=1><b>&amp;\"'";
        var seller = await NewSellerAsync($"<i>{Names.Tag()}/%41");
        await NewCouponAsync(seller, 5, nasty);
        await using var visitor = await NewVisitorAsync(seller, Tokens.Seller);
        var window = visitor.Window;
        await window.GotoAsync("/#/shop");
        await window.GetByRole(AriaRole.Link, new() { Name = nasty }).ClickAsync();
        await See(window.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToHaveTextAsync(nasty);
        await See(window.Locator("#left")).ToHaveTextAsync("5");
        await See(window.Locator("header .name")).ToHaveTextAsync(seller.Name);
        await window.GotoAsync("/#/");
        await See(window.GetByText(nasty).First).ToBeVisibleAsync();
        Assert.Equal(0, await window.Locator("img, main b, main i").CountAsync());
        Assert.Empty(visitor.Complaints);
    }

    [Theory]
    [InlineData(ColorScheme.Dark)]
    [InlineData(ColorScheme.Light)]
    public async Task It_fits_a_phone_and_can_be_read_and_every_field_has_a_label(ColorScheme scheme)
    {
        var seller = await NewSellerAsync();
        var coupon = await NewCouponAsync(seller, 1_000_000, new string('m', 48) + Names.Tag());
        var customer = NewCustomer();
        Expect.Claimed(await ClaimAsync(customer, seller, coupon));
        foreach (var (account, kind, path) in new[]
        {
            (customer, Tokens.Customer, SalePath(seller, coupon)), (customer, Tokens.Customer, $"/#/market/{seller.Name}"), (seller, Tokens.Seller, "/#/shop"),
            (customer, Tokens.Customer, "/#/"), (customer, Tokens.Customer, "/#/login"),
        })
        {
            await using var visitor = await NewVisitorAsync(account, kind, new() { ViewportSize = _phone, ColorScheme = scheme });
            var window = visitor.Window;
            await window.GotoAsync(path);
            if (path != "/#/login")
                await See(window.GetByText(coupon).First).ToBeVisibleAsync();
            Assert.Equal(360, await window.EvaluateAsync<int>("document.documentElement.scrollWidth"));
            Assert.Empty(await window.EvaluateAsync<string[]>(Legibility.UnlabelledFields));
            Assert.Empty(await window.EvaluateAsync<string[]>(Legibility.FaintTexts));
            Assert.Empty(visitor.Complaints);
        }
    }

    [Fact]
    public async Task By_keyboard_the_first_stop_leads_past_the_header_to_the_content()
    {
        await using var visitor = await NewVisitorAsync();
        await visitor.Window.GotoAsync("/");
        await See(visitor.Window.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToBeVisibleAsync();
        await visitor.Window.Keyboard.PressAsync("Tab");
        await See(visitor.Window.GetByText("Skip to the content")).ToBeFocusedAsync();
    }

    [Fact]
    public async Task Its_files_come_with_what_keeps_others_out_and_are_not_sent_twice()
    {
        foreach (var (path, type) in new[] { ("/", "text/html"), ("/app.js", "text/javascript"), ("/page.css", "text/css"), ("/icon.svg", "image/svg+xml") })
        {
            var uri = new Uri(Deployment.Gateways[0], path);
            using var answer = await Loopback.Http.GetAsync(uri, TestContext.Current.CancellationToken);
            Assert.Equal((200, type), ((int)answer.StatusCode, answer.Content.Headers.ContentType?.MediaType));
            var policy = Assert.Single(answer.Headers.GetValues("Content-Security-Policy"));
            Assert.Contains("default-src 'none'", policy, StringComparison.Ordinal);
            Assert.Contains("frame-ancestors 'none'", policy, StringComparison.Ordinal);
            Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
            Assert.Equal("nosniff", Assert.Single(answer.Headers.GetValues("X-Content-Type-Options")));
            Assert.True(answer.Headers.CacheControl?.NoCache);

            using var again = new HttpRequestMessage(HttpMethod.Get, uri);
            again.Headers.IfNoneMatch.Add(answer.Headers.ETag!);
            using var unchanged = await Loopback.Http.SendAsync(again, TestContext.Current.CancellationToken);
            Assert.Equal(304, (int)unchanged.StatusCode);
        }
    }
}
