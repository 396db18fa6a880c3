using Microsoft.Playwright;
using SecKill.Tests.Integration.Browser;
using SecKill.Tests.Integration.Contract;

namespace SecKill.Tests.Integration.Page;

/// <summary>An owner gives a unit back on the page.</summary>
public sealed class ReturnPageTests(SharedBrowser browser, SharedDeployments shared) : PageTests(browser, shared.ClusterAsync)
{
    private const string Claims = "**/claims/*";

    private static long Now => DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();

    [Fact]
    public async Task By_keyboard_alone_after_a_question_and_the_page_does_not_offer_it_again()
    {
        var seller = await NewSellerAsync();
        var coupon = await NewReturnableAsync(seller, 2);
        var customer = NewCustomer();
        await using var visitor = await NewVisitorAsync(customer, Tokens.Customer);
        var (window, result) = (visitor.Window, visitor.Window.Locator(".claimer .result"));
        await window.GotoAsync(SalePath(seller, coupon));
        await window.GetByRole(AriaRole.Button, new() { Name = "Claim one" }).ClickAsync();
        await See(result).ToHaveTextAsync("It is yours!");
        var back = Back(window);
        // What is hidden takes no focus.
        await See(back).ToBeVisibleAsync();
        await back.FocusAsync();

        await window.Keyboard.PressAsync("Enter");
        await See(window.GetByText("Give it back? It goes to others, and you cannot have another.")).ToBeVisibleAsync();
        await See(window.GetByRole(AriaRole.Button, new() { Name = "Cancel" })).ToBeFocusedAsync();
        await window.Keyboard.PressAsync("Escape");
        await See(back).ToBeFocusedAsync();
        await window.Keyboard.PressAsync("Enter");
        await window.Keyboard.PressAsync("Shift+Tab");
        await window.Keyboard.PressAsync("Enter");

        await See(result).ToHaveTextAsync("You have given it back.");
        var given = window.GetByRole(AriaRole.Button, new() { Name = $"You gave it back: {coupon}", Exact = true });
        await See(given).ToBeFocusedAsync();
        await See(back).ToBeHiddenAsync();
        await See(window.Locator("#left")).ToHaveTextAsync("2");
        Expect.NotClaimed(await ClaimAsync(customer, seller, coupon), "returned");
        await window.ReloadAsync();
        await See(given).ToBeVisibleAsync();
        await See(result).ToHaveTextAsync("You gave yours back, so you cannot have another.");
        await window.GotoAsync($"/#/market/{seller.Name}");
        await See(given).ToBeVisibleAsync();
        await See(window.GetByText("You own nothing yet.")).ToBeVisibleAsync();
        Assert.Empty(visitor.Complaints);
    }

    [Fact]
    public async Task Without_a_certain_answer_it_is_repeated_and_takes_effect_once()
    {
        var (seller, coupon, customer) = await OwnedAsync(2);
        await using var visitor = await NewVisitorAsync(customer, Tokens.Customer);
        var (window, result) = (visitor.Window, visitor.Window.Locator(".claimer .result"));
        // It reaches the server, and its answer nobody.
        await window.RouteAsync(Claims, async route =>
        {
            await route.FetchAsync();
            await route.FulfillAsync(new() { Status = 503, Headers = new Dictionary<string, string> { ["Retry-After"] = "1" }, Body = """{"errMsg":"x"}""" });
        }, new() { Times = 1 });
        var second = await HoldAsync(window, "DELETE");
        await window.GotoAsync(SalePath(seller, coupon));

        await GiveBackAsync(window);
        await See(result).ToHaveTextAsync("No answer that is certain yet. Trying again in 1 s (try 1). It takes effect once.");
        second.LetGo();

        await See(result).ToHaveTextAsync("You have given it back.");
        await See(window.Locator("#left")).ToHaveTextAsync("2");
        Assert.Equal(2, await LeftAsync(seller, coupon));
    }

    [Theory]
    [InlineData(409, "no-returns", "", "This coupon takes no returns.", false)]
    [InlineData(409, "redeemed", "", "It was used, so it cannot be given back.", false)]
    [InlineData(409, "too-late", "", "It was too late: it is still yours.", false)]
    [InlineData(404, null, "No such claim.", "You own no unit of this coupon.", true)]
    [InlineData(429, null, "Too many returns by this customer.", "Too many tries. Wait 7 s.", true)]
    public async Task Each_refusal_is_told(int status, string? word, string errMsg, string told, bool isOfferedAgain)
    {
        var (seller, coupon, customer) = await OwnedAsync(2);
        await using var visitor = await NewVisitorAsync(customer, Tokens.Customer);
        var window = visitor.Window;
        var headers = new Dictionary<string, string> { ["Retry-After"] = "7" };
        if (word is not null)
            headers["Return-Result"] = word;
        await window.RouteAsync(Claims, route => route.FulfillAsync(new() { Status = status, Headers = headers, Body = $$"""{"errMsg":"{{errMsg}}"}""" }));
        await window.GotoAsync(SalePath(seller, coupon));

        await GiveBackAsync(window);

        await See(window.Locator(".claimer .result")).ToHaveTextAsync(told);
        var owned = window.GetByRole(AriaRole.Button, new() { Name = $"You own it: {coupon}" });
        if (isOfferedAgain)
            await See(Back(window)).ToBeFocusedAsync();
        else
            await See(owned).ToBeFocusedAsync();
        await See(owned).ToBeVisibleAsync();
        Assert.Empty(visitor.Complaints);
    }

    [Fact]
    public async Task It_is_offered_until_the_end_of_returns_whatever_the_clock_of_the_device_says()
    {
        var (seller, coupon, customer) = await OwnedAsync(2, Now + 3_600_000);
        await using var visitor = await NewVisitorAsync(customer, Tokens.Customer);
        var window = visitor.Window;
        // Years ago by this device.
        await window.Clock.InstallAsync(new() { TimeDate = DateTime.UtcNow.AddYears(-3) });
        await window.GotoAsync(SalePath(seller, coupon));
        await See(Back(window)).ToBeVisibleAsync();
        await See(window.GetByText("It can be given back until")).ToBeVisibleAsync();
        await window.Clock.FastForwardAsync(3_500_000);
        await See(Back(window)).ToBeVisibleAsync();

        await window.Clock.FastForwardAsync(110_000);

        await See(window.GetByText("It is too late to give it back.")).ToBeVisibleAsync();
        await See(Back(window)).ToBeHiddenAsync();
    }

    [Fact]
    public async Task The_receipt_offers_it_too_and_is_none_afterwards()
    {
        var (seller, coupon, customer) = await OwnedAsync(2);
        await using var visitor = await NewVisitorAsync(customer, Tokens.Customer);
        var window = visitor.Window;
        await window.GotoAsync(SalePath(seller, coupon));
        await window.Locator(".customer").GetByRole(AriaRole.Link, new() { Name = "Receipt" }).ClickAsync();
        await See(window.Locator("#receipt-code")).ToBeVisibleAsync();

        await GiveBackAsync(window);

        await See(window.Locator(".result[role=status]")).ToHaveTextAsync("You have given it back.");
        await See(window.GetByText("You have given this unit back.")).ToBeVisibleAsync();
        await See(window.GetByRole(AriaRole.Button, new() { Name = "Look again" })).ToBeFocusedAsync();
        await See(window.Locator("#receipt-code")).ToHaveCountAsync(0);
        Assert.Empty(visitor.Complaints);
    }

    [Fact]
    public async Task Owners_of_a_plain_coupon_are_offered_none_and_ask_nothing_for_that()
    {
        var (seller, customer) = (await NewSellerAsync(), NewCustomer());
        var coupon = await NewCouponAsync(seller, 2);
        Expect.Claimed(await ClaimAsync(customer, seller, coupon));
        await using var visitor = await NewVisitorAsync(customer, Tokens.Customer);
        var (window, asked) = (visitor.Window, new ConcurrentQueue<string>());
        await window.RouteAsync($"**/coupons/{coupon}**", route =>
        {
            asked.Enqueue(route.Request.Url);
            return route.ContinueAsync();
        });
        await window.GotoAsync(SalePath(seller, coupon));
        await See(window.Locator("#left")).ToHaveTextAsync("1");
        await See(window.Locator(".customer").GetByRole(AriaRole.Link, new() { Name = "Receipt" })).ToBeVisibleAsync();

        // Whatever would be asked because of that is asked before this.
        await window.EvaluateAsync($"() => fetch('/api/users/x/coupons/{coupon}/marker')");
        Assert.EndsWith("/marker", Assert.Single(asked), StringComparison.Ordinal);
        await See(Back(window)).ToBeHiddenAsync();
    }

    [Theory]
    [InlineData(ColorScheme.Dark, "en-US")]
    [InlineData(ColorScheme.Light, "zh-CN")]
    public async Task It_fits_a_phone_and_can_be_read(ColorScheme scheme, string language)
    {
        var (seller, coupon, customer) = await OwnedAsync(2, Now + 3_600_000);
        await using var visitor = await NewVisitorAsync(
            customer, Tokens.Customer, new() { ViewportSize = new() { Width = 360, Height = 740 }, ColorScheme = scheme, Locale = language });
        var window = visitor.Window;
        foreach (var path in new[] { SalePath(seller, coupon), $"/#/receipt/{seller.Name}/{coupon}" })
        {
            await window.GotoAsync(path);
            await window.Locator(".giveback > button").ClickAsync();
            await See(window.Locator(".giveback .question")).ToBeVisibleAsync();
            Assert.Equal(360, await window.EvaluateAsync<int>("document.documentElement.scrollWidth"));
            Assert.Empty(await window.EvaluateAsync<string[]>(Legibility.UnlabelledFields));
            Assert.Empty(await window.EvaluateAsync<string[]>(Legibility.FaintTexts));
        }
        Assert.Empty(visitor.Complaints);
    }

    private static ILocator Back(IPage window) => window.Locator(".giveback > button");

    private static async Task GiveBackAsync(IPage window)
    {
        await Back(window).ClickAsync();
        await window.Locator(".giveback .question").GetByRole(AriaRole.Button, new() { Name = "Give it back" }).ClickAsync();
    }

    private async Task<string> NewReturnableAsync(Account seller, int amount, long? returnUntil = null)
    {
        var name = Names.Fresh("coupon");
        Expect.Created(await Api.PostAsync(ApiClient.CouponsOf(seller.Name), new { name, amount, stock = 1, returns = "once", returnUntil }, seller.Token));
        return name;
    }

    private async Task<(Account Seller, string Coupon, Account Owner)> OwnedAsync(int amount, long? returnUntil = null)
    {
        var (seller, owner) = (await NewSellerAsync(), NewCustomer());
        var coupon = await NewReturnableAsync(seller, amount, returnUntil);
        Expect.Claimed(await ClaimAsync(owner, seller, coupon));
        return (seller, coupon, owner);
    }
}
