using Microsoft.Playwright;
using SecKill.Tests.Integration.Browser;

namespace SecKill.Tests.Integration.Page;

/// <summary>A sale on the page, as people use it: sellers, and customers.</summary>
public sealed class SalePageTests(SharedBrowser browser, SharedDeployments shared) : PageTests(browser, shared.ClusterAsync)
{
    [Fact]
    public async Task A_seller_registers_creates_a_coupon_and_watches_units_go_that_others_claim()
    {
        await using var visitor = await NewVisitorAsync();
        var (window, name, coupon) = (visitor.Window, Names.Fresh("seller"), Names.Fresh("早餐 & more"));
        await RegisterAsync(window, name, "Seller");

        await window.GetByRole(AriaRole.Button, new() { Name = "Create" }).ClickAsync();
        await See(window.Locator("#name-fault")).ToHaveTextAsync("Needed.");
        await See(window.Locator("#amount-fault")).ToContainTextAsync("whole number");
        await window.GetByLabel("Name").FillAsync(coupon);
        await window.GetByLabel("Units").FillAsync("20");
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

        await window.GetByRole(AriaRole.Combobox, new() { Name = "Seller" }).FillAsync(seller.Name);
        await window.GetByRole(AriaRole.Button, new() { Name = "Look" }).ClickAsync();
        var claim = window.GetByRole(AriaRole.Button, new() { Name = $"Claim one: {coupon}", Exact = true });
        await claim.ClickAsync();
        await See(window.Locator(".claimer .result")).ToHaveTextAsync("It is yours!");
        await See(window.GetByRole(AriaRole.Region, new() { Name = "Yours" })).ToContainTextAsync(coupon);
        await See(window.GetByRole(AriaRole.Button, new() { Name = $"You own it: {coupon}", Exact = true })).ToBeVisibleAsync();
        await See(claim).ToHaveCountAsync(0);
        Expect.NotClaimed(await ClaimAsync(NewCustomer(), seller, coupon), "sold-out");

        await using var late = await NewVisitorAsync(NewCustomer(), Tokens.Customer);
        await late.Window.GotoAsync(SalePath(seller, coupon));
        await See(late.Window.Locator("#left")).ToHaveTextAsync("Sold out");
        await late.Window.GetByRole(AriaRole.Button, new() { Name = "Claim one" }).ClickAsync();
        await See(late.Window.Locator(".claimer .result")).ToHaveTextAsync("Sold out: you were too late.");
        await See(late.Window.Locator("#refused")).ToHaveTextAsync("2");
        Assert.Empty(visitor.Complaints.Concat(late.Complaints));
    }

    [Fact]
    public async Task A_customer_sees_what_is_sold_and_after_a_reload_that_it_is_his_and_the_keyboard_stays_where_it_was()
    {
        var (seller, twin) = (await NewSellerAsync(), await NewSellerAsync());
        var coupon = Names.Fresh("coupon");
        foreach (var one in new[] { seller, twin })
            Expect.Created(await Api.CreateAsync(one.Token, one.Name, coupon, 9, stock: 30, "two eggs"));
        await using var visitor = await NewVisitorAsync(NewCustomer(), Tokens.Customer);
        var window = visitor.Window;
        await window.GotoAsync(SalePath(seller, coupon));
        await See(window.GetByRole(AriaRole.Main)).ToContainTextAsync("worth 30 · two eggs");
        // How the servers do is for those who run them, and for sellers.
        await See(window.GetByText("Claims a second", new() { Exact = true })).ToBeVisibleAsync();
        await See(window.Locator("#lag, #silos")).ToHaveCountAsync(0);
        await window.GetByRole(AriaRole.Button, new() { Name = "Claim one" }).FocusAsync();

        await window.Keyboard.PressAsync("Enter");

        await See(window.Locator(".claimer .result")).ToHaveTextAsync("It is yours!");
        var owned = window.GetByRole(AriaRole.Button, new() { Name = $"You own it: {coupon}" });
        await See(owned).ToBeFocusedAsync();
        await window.ReloadAsync();
        await See(owned).ToBeVisibleAsync();

        await window.GotoAsync($"/#/market/{seller.Name}");
        await See(owned).ToBeVisibleAsync();
        await See(window.GetByRole(AriaRole.Region, new() { Name = "Yours" })).ToContainTextAsync($"by {seller.Name} · worth 30 · two eggs");
        // Another seller's of the same name, worth and description is another one.
        await window.GotoAsync($"/#/market/{twin.Name}");
        await window.GetByRole(AriaRole.Button, new() { Name = $"Claim one: {coupon}" }).ClickAsync();
        await See(window.Locator(".claimer .result")).ToHaveTextAsync("It is yours!");
        Assert.Empty(visitor.Complaints);
    }

    [Theory]
    [InlineData("en-US", "of 1 unit left", "the only unit")]
    [InlineData("zh-CN", "张剩余，共 1 张", "共 1 张")]
    public async Task The_largest_number_of_units_fits_and_a_single_one_is_one(string language, string left, string gone)
    {
        var seller = await NewSellerAsync();
        var (many, one) = (await NewCouponAsync(seller, int.MaxValue), await NewCouponAsync(seller, 1));
        foreach (var (account, kind) in new[] { (seller, Tokens.Seller), (NewCustomer(), Tokens.Customer) })
        {
            await using var visitor = await NewVisitorAsync(account, kind, new() { Locale = language });
            var window = visitor.Window;
            await window.GotoAsync(SalePath(seller, many));
            await See(window.Locator("#left")).ToHaveTextAsync("2,147,483,647");
            foreach (var width in new[] { 360, 850, 1280 })
            {
                await window.SetViewportSizeAsync(width, 740);
                Assert.Equal(width, await window.EvaluateAsync<int>("document.documentElement.scrollWidth"));
                Assert.True(await window.EvaluateAsync<bool>("document.getElementById('left').getBoundingClientRect().right <= document.querySelector('.bar.big').getBoundingClientRect().right"));
                Assert.True(await window.EvaluateAsync<bool>("document.getElementById('left').offsetHeight < 1.5 * parseFloat(getComputedStyle(document.getElementById('left')).fontSize)"));
            }

            await window.GotoAsync(SalePath(seller, one));
            await See(window.Locator(".of")).ToHaveTextAsync(kind == Tokens.Seller ? left : gone);
            if (kind == Tokens.Seller)
                Expect.Claimed(await ClaimAsync(NewCustomer(), seller, one));
            await See(window.Locator(".of")).ToHaveTextAsync(gone);
            Assert.Empty(visitor.Complaints);
        }
    }
}
