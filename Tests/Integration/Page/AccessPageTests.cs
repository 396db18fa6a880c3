using Microsoft.Playwright;
using SecKill.Tests.Integration.Browser;

namespace SecKill.Tests.Integration.Page;

/// <summary>Accessibility of the page: languages, phones, keyboard, screen readers.</summary>
public sealed class AccessPageTests(SharedBrowser browser, SharedDeployments shared) : PageTests(browser, shared.ClusterAsync)
{
    private static readonly ViewportSize _phone = new() { Width = 360, Height = 740 };

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
            if (path == "/#/")
                await SeeOnBoardAsync(window, seller, coupon);
            else if (path == "/#/login")
                await See(window.GetByRole(AriaRole.Radio).First).ToBeVisibleAsync();
            else
                await See(window.GetByText(coupon).First).ToBeVisibleAsync();
            Assert.Equal(360, await window.EvaluateAsync<int>("document.documentElement.scrollWidth"));
            Assert.Empty(await window.EvaluateAsync<string[]>(Legibility.UnlabelledFields));
            Assert.Empty(await window.EvaluateAsync<string[]>(Legibility.FaintTexts));
            Assert.Empty(visitor.Complaints);
        }
    }

    [Fact]
    public async Task By_keyboard_the_first_stop_leads_past_the_header_to_the_content_of_the_view()
    {
        var seller = await NewSellerAsync();
        var path = SalePath(seller, await NewCouponAsync(seller, 3));
        await using var visitor = await NewVisitorAsync();
        var window = visitor.Window;
        await window.GotoAsync(path);
        await See(window.Locator("#left")).ToHaveTextAsync("3");
        await window.Keyboard.PressAsync("Tab");
        await See(window.GetByText("Skip to the content")).ToBeFocusedAsync();

        await window.Keyboard.PressAsync("Enter");

        await See(window.GetByRole(AriaRole.Main)).ToBeFocusedAsync();
        Assert.EndsWith(path, window.Url, StringComparison.Ordinal);
        await See(window.Locator("#left")).ToHaveTextAsync("3");
    }

    [Fact]
    public async Task Who_changes_the_language_keeps_what_he_typed_and_where_he_is()
    {
        await using var visitor = await NewVisitorAsync();
        var window = visitor.Window;
        await window.GotoAsync("/#/login");
        await window.GetByLabel("User name").FillAsync("bob");
        await window.GetByLabel("Seller").CheckAsync();

        await window.GetByRole(AriaRole.Button, new() { Name = "中文" }).ClickAsync();

        await See(window.GetByRole(AriaRole.Button, new() { Name = "English" })).ToBeFocusedAsync();
        await See(window.GetByLabel("用户名")).ToHaveValueAsync("bob");
        await See(window.GetByLabel("商家")).ToBeCheckedAsync();
        Assert.Empty(visitor.Complaints);
    }

    [Fact]
    public async Task The_board_does_not_move_its_sales_under_somebodys_focus()
    {
        var sales = new[] { ("first", 9), ("second", 9) };
        await using var visitor = await NewVisitorAsync(NewCustomer(), Tokens.Customer);
        var window = visitor.Window;
        // A stream of one snapshot; the browser reconnects soon.
        await window.RouteAsync("**/api/live", route => route.FulfillAsync(new()
        {
            ContentType = "text/event-stream",
            Body = $"retry: 50\ndata: {Board(sales)}\n\n",
        }));
        await window.GotoAsync("/");
        var names = window.Locator(".sales .sale-name");
        await See(names).ToHaveTextAsync(["first", "second"]);
        await See(window.GetByRole(AriaRole.Meter)).ToHaveCountAsync(2);
        await See(window.GetByRole(AriaRole.Main)).Not.ToContainTextAsync("null");
        var link = window.GetByRole(AriaRole.Link, new() { Name = "second" });
        await link.FocusAsync();

        sales = [("third", 9), ("second", 7), ("first", 8)];

        await See(names).ToHaveTextAsync(["first", "second", "third"]);
        await See(link).ToContainTextAsync("7 of 9 left");
        await See(link).ToBeFocusedAsync();
        await window.GetByRole(AriaRole.Main).FocusAsync();
        await See(names).ToHaveTextAsync(["third", "second", "first"]);
        Assert.Empty(visitor.Complaints);
    }

    private static string Board((string Name, int Left)[] sales)
    {
        var claims = new { claimed = 1, soldOut = 0, alreadyClaimed = 0, undecided = 0 };
        return JsonSerializer.Serialize(new
        {
            sales = sales.Select(sale => new { seller = "bob", name = sale.Name, amount = 9, left = sale.Left, soldOut = false, claims }),
            claims,
            silos = 1,
        });
    }
}
