using Microsoft.Playwright;
using SecKill.Tests.Api;
using SecKill.Tests.Browser;
using SecKill.Tests.Deployments;
using Xunit;

namespace SecKill.Tests.Page;

/// <summary>A sale on the page, as people use it: sellers, and customers.</summary>
public sealed class SalePageTests(SharedBrowser browser, SharedDeployments shared) : PageTests(browser, shared.ClusterAsync)
{
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
        var claim = window.GetByRole(AriaRole.Button, new() { Name = $"Claim one: {coupon}", Exact = true });
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
}
