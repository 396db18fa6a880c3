using Microsoft.Playwright;
using SecKill.Tests.Api;
using SecKill.Tests.Browser;
using SecKill.Tests.Contract;
using SecKill.Tests.Deployments;
using Xunit;

namespace SecKill.Tests.Page;

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
            await window.GetByRole(AriaRole.Textbox, new() { Name = "Seller" }).FillAsync(seller.Name);
            await window.GetByRole(AriaRole.Button, new() { Name = "Look" }).ClickAsync();
        }
    }

    [Fact]
    public async Task More_that_is_pressed_twice_brings_the_next_page_once()
    {
        var seller = await NewSellerAsync();
        for (var i = 0; i < 21; i++)
            await NewCouponAsync(seller, 1);
        await using var visitor = await NewVisitorAsync(NewCustomer(), Tokens.Customer);
        var window = visitor.Window;
        var next = await HoldAsync(window, "GET", "page=2");
        await window.GotoAsync($"/#/market/{seller.Name}");

        await window.GetByRole(AriaRole.Button, new() { Name = "More" }).DblClickAsync();
        await next.ArriveAsync();

        await See(window.GetByRole(AriaRole.Button, new() { Name = "Claim one" })).ToHaveCountAsync(21);
        await See(window.GetByRole(AriaRole.Button, new() { Name = "More" })).ToBeHiddenAsync();
        Assert.Equal(1, next.Count);
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
        await window.GetByLabel("Pieces").FillAsync("20");
        await window.GetByLabel("Face value").FillAsync("5");
        await window.GetByRole(AriaRole.Button, new() { Name = "Create" }).ClickAsync();
        var own = window.GetByRole(AriaRole.Region, new() { Name = "On sale" }).Locator(".sale-name");
        await See(own).ToHaveTextAsync(["early"]);

        await first.ArriveAsync();

        Assert.Equal(["early"], await own.AllTextContentsAsync());
        Assert.Empty(visitor.Complaints);
    }
}
