using Microsoft.Playwright;
using SecKill.Tests.Integration.Browser;
using SecKill.Tests.Integration.Contract;

namespace SecKill.Tests.Integration.Page;

/// <summary>Lists show what was asked for last, and each row once.</summary>
public sealed class ListPageTests(SharedBrowser browser, SharedDeployments shared) : PageTests(browser, shared.ClusterAsync)
{
    [Fact]
    public async Task A_late_answer_about_one_seller_does_not_replace_anothers_coupons()
    {
        var (slow, quick) = (await NewSellerAsync(), await NewSellerAsync());
        await NewCouponAsync(slow, 1);
        var coupon = await NewCouponAsync(quick, 1);
        await using var visitor = await NewVisitorAsync(NewCustomer(), Tokens.Customer);
        var window = visitor.Window;
        var late = await HoldAsync(window, "GET", slow.Name);
        await window.GotoAsync("/#/market");
        await LookAsync(slow);
        await late.Asked;
        await LookAsync(quick);
        var offers = window.GetByRole(AriaRole.Region, new() { Name = "A seller’s coupons" }).Locator(".sale-name");
        await See(offers).ToHaveTextAsync([coupon]);

        await late.ArriveAsync();

        Assert.Equal([coupon], await offers.AllTextContentsAsync());
        await window.GetByRole(AriaRole.Button, new() { Name = $"Claim one: {coupon}" }).ClickAsync();
        await See(window.Locator(".claimer .result")).ToHaveTextAsync("It is yours!");
        Assert.Empty(visitor.Complaints);

        async Task LookAsync(Account seller)
        {
            await window.GetByRole(AriaRole.Combobox, new() { Name = "Seller" }).FillAsync(seller.Name);
            await window.GetByRole(AriaRole.Button, new() { Name = "Look" }).ClickAsync();
        }
    }

    [Fact]
    public async Task The_newest_come_first_and_more_that_is_pressed_twice_brings_the_older_ones_once_and_keeps_the_focus()
    {
        var seller = await NewSellerAsync();
        for (var i = 1; i <= 81; i++)
            await NewCouponAsync(seller, 1, $"number {i}");
        await using var visitor = await NewVisitorAsync(seller, Tokens.Seller);
        var window = visitor.Window;
        var asked = new ConcurrentQueue<string>();
        window.Request += (_, request) =>
        {
            if (request.Url.Contains("page=", StringComparison.Ordinal))
                asked.Enqueue(new Uri(request.Url).Query);
        };
        // Of the five pages 1, 2, 4, 8, 6 and 5 are looked at to find the end, and so read; the third is not.
        var third = await HoldAsync(window, "GET", "page=3&");
        await window.GotoAsync("/#/shop");
        var (own, more) = (window.GetByRole(AriaRole.Region, new() { Name = "On sale" }).Locator(".sale-name"), window.GetByRole(AriaRole.Button, new() { Name = "More" }));
        await See(own.First).ToHaveTextAsync("number 81");
        await See(own).ToHaveCountAsync(21);

        await more.DblClickAsync();
        await third.ArriveAsync();
        await See(own).ToHaveCountAsync(41);
        await See(more).ToBeFocusedAsync();
        await window.Keyboard.PressAsync("Enter");
        await See(own).ToHaveCountAsync(61);
        await window.Keyboard.PressAsync("Enter");

        await See(own).ToHaveTextAsync([.. Enumerable.Range(1, 81).Reverse().Select(i => $"number {i}")]);
        await See(more).ToBeHiddenAsync();
        await See(window.GetByRole(AriaRole.Link, new() { Name = "number 20" })).ToBeFocusedAsync();
        Assert.Equal(asked.Distinct().Count(), asked.Count);
        Assert.InRange(asked.Count, 1, 7);
        Assert.Empty(visitor.Complaints);
    }

    [Fact]
    public async Task A_coupon_of_which_nothing_is_known_to_be_left_shows_beside_the_others()
    {
        var seller = await NewSellerAsync();
        foreach (var (account, kind, path) in new[] { (seller, Tokens.Seller, "/#/shop"), (NewCustomer(), Tokens.Customer, $"/#/market/{seller.Name}") })
        {
            await using var visitor = await NewVisitorAsync(account, kind);
            var window = visitor.Window;
            await window.RouteAsync($"**/api/users/{seller.Name}/coupons?page=1&*", route => route.FulfillAsync(new()
            {
                Body = """{"errMsg":"","data":[{"name":"torn","stock":5,"description":"","amount":20},{"name":"well","stock":5,"description":"","amount":20,"left":7}]}""",
            }));
            await window.GotoAsync(path);

            await See(window.GetByRole(AriaRole.Main)).ToContainTextAsync("7 of 20 left");
            await See(window.GetByRole(AriaRole.Main)).ToContainTextAsync("What is left is not known at the moment");
            await See(window.GetByRole(AriaRole.Main)).Not.ToContainTextAsync("NaN");
            await See(window.GetByRole(AriaRole.Meter)).ToHaveCountAsync(1);
            Assert.Empty(visitor.Complaints);
        }
    }

    [Fact]
    public async Task A_sellers_name_need_not_be_typed_exactly()
    {
        var seller = await NewSellerAsync(Names.Fresh("Baker"));
        var coupon = await NewCouponAsync(seller, 1);
        await using var visitor = await NewVisitorAsync(NewCustomer(), Tokens.Customer);
        var window = visitor.Window;
        await window.RouteAsync("**/api/live", route => route.FulfillAsync(new()
        {
            Body = JsonSerializer.Serialize(new { sales = new[] { new { seller = seller.Name }, new { seller = seller.Name }, new { seller = "constructor" } } }),
        }));
        await window.GotoAsync("/#/market");
        await See(window.Locator("#sellers option")).ToHaveCountAsync(2);
        var (name, look) = (window.GetByRole(AriaRole.Combobox, new() { Name = "Seller" }), window.GetByRole(AriaRole.Button, new() { Name = "Look" }));
        var offers = window.GetByRole(AriaRole.Region, new() { Name = "A seller’s coupons" }).Locator(".sale-name");

        await name.FillAsync($" {seller.Name} ");
        await look.ClickAsync();
        await See(offers).ToHaveTextAsync([coupon]);
        await See(name).ToHaveValueAsync(seller.Name);

        await name.FillAsync(seller.Name.ToUpperInvariant());
        await look.ClickAsync();
        await See(window.GetByText("There is no such user.")).ToBeVisibleAsync();
        await See(offers).ToHaveCountAsync(0);
        await window.GetByRole(AriaRole.Button, new() { Name = seller.Name }).ClickAsync();
        await See(offers).ToHaveTextAsync([coupon]);
        await See(name).ToBeFocusedAsync();
        Assert.Empty(visitor.Complaints);
    }

    [Fact]
    public async Task A_coupon_that_is_created_before_the_list_is_there_shows_once()
    {
        var seller = await NewSellerAsync();
        await using var visitor = await NewVisitorAsync(seller, Tokens.Seller);
        var window = visitor.Window;
        var first = await HoldAsync(window, "GET", seller.Name);
        await window.GotoAsync("/#/shop");
        await first.Asked;
        await window.GetByLabel("Name").FillAsync("early");
        await window.GetByLabel("Units").FillAsync("20");
        await window.GetByLabel("Face value").FillAsync("5");
        await window.GetByRole(AriaRole.Button, new() { Name = "Create" }).ClickAsync();
        var own = window.GetByRole(AriaRole.Region, new() { Name = "On sale" }).Locator(".sale-name");
        await See(own).ToHaveTextAsync(["early"]);

        await first.ArriveAsync();

        Assert.Equal(["early"], await own.AllTextContentsAsync());
        Assert.Empty(visitor.Complaints);
    }
}
