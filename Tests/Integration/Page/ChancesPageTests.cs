using Microsoft.Playwright;
using SecKill.Tests.Integration.Browser;

namespace SecKill.Tests.Integration.Page;

/// <summary>A seller creates a coupon with returns, a line and an end of its use, and sees what became of them.</summary>
public sealed class ChancesPageTests(SharedBrowser browser, SharedDeployments shared) : PageTests(browser, shared.ClusterAsync)
{
    [Fact]
    public async Task Terms_that_make_no_sense_are_told_at_their_field_and_good_ones_are_shown_at_the_sale()
    {
        var (seller, coupon) = (await NewSellerAsync(), Names.Fresh("matinee"));
        await using var visitor = await NewVisitorAsync(seller, Tokens.Seller);
        var (window, create) = (visitor.Window, visitor.Window.GetByRole(AriaRole.Button, new() { Name = "Create" }));
        await window.GotoAsync("/#/shop");
        await window.GetByLabel("Name").FillAsync(coupon);
        await window.GetByLabel("Units").FillAsync("2");
        await window.GetByLabel("Face value").FillAsync("5");
        await window.GetByLabel("Starts").FillAsync("2000-01-02T08:00");
        await window.GetByLabel("Give back until").FillAsync("2000-01-02T07:00");
        await window.GetByLabel("Places in line").FillAsync("1000001");
        await window.GetByLabel("To be used until").FillAsync("2000-01-02T08:00");
        await create.ClickAsync();
        await See(window.Locator("#returnUntil-fault")).ToHaveTextAsync("It must be after the start.");
        await See(window.Locator("#waitlist-fault")).ToHaveTextAsync("A whole number from 0 to 1,000,000.");
        await See(window.Locator("#redeemUntil-fault")).ToHaveTextAsync("It must be after the start.");
        await See(window.GetByLabel("Give back until")).ToBeFocusedAsync();

        await window.GetByLabel("Give back until").FillAsync("2000-01-02T09:00");
        await window.GetByLabel("Places in line").FillAsync("30");
        await window.GetByLabel("To be used until").FillAsync("2099-01-03T08:00");
        await create.ClickAsync();
        await See(window.Locator("#returnUntil-fault")).ToHaveTextAsync("Only where owners may give it back.");

        // Only the servers know the time.
        await window.GetByLabel("Owners may give it back").CheckAsync();
        await create.ClickAsync();
        await See(window.Locator("#returnUntil-fault")).ToHaveTextAsync("It must be in the future.");
        await See(window.GetByLabel("Give back until")).ToBeFocusedAsync();
        await window.GetByRole(AriaRole.Button, new() { Name = "中文" }).ClickAsync();
        await window.GetByRole(AriaRole.Button, new() { Name = "English" }).ClickAsync();
        await See(window.GetByLabel("Owners may give it back")).ToBeCheckedAsync();
        await window.GetByLabel("Give back until").FillAsync("2099-01-02T09:00");
        await create.ClickAsync();

        await See(window.GetByRole(AriaRole.Status)).ToContainTextAsync($"“{coupon}” is on sale.");
        await See(window.GetByLabel("Owners may give it back")).Not.ToBeCheckedAsync();
        await window.GetByRole(AriaRole.Status).GetByRole(AriaRole.Link, new() { Name = "Watch" }).ClickAsync();
        var terms = window.Locator("#chances");
        await See(terms).ToContainTextAsync("May be given back until Jan 2, 2099");
        await See(terms).ToContainTextAsync("Places in line: 30.");
        await See(terms).ToContainTextAsync("To be used until Jan 3, 2099");
        Assert.Empty(visitor.Complaints);
    }

    [Fact]
    public async Task The_report_counts_what_was_given_back_used_and_who_waits_and_leads_to_the_till()
    {
        var (seller, name) = (await NewSellerAsync(), Names.Fresh("matinee"));
        Expect.Created(await Api.PostAsync(ApiClient.CouponsOf(seller.Name), new { name, amount = 1, stock = 5, returns = "once", waitlist = 9 }, seller.Token));
        var customers = Enumerable.Range(0, 3).Select(_ => NewCustomer()).ToArray();
        var path = ApiClient.CouponOf(seller.Name, name);
        Expect.Claimed(await ClaimAsync(customers[0], seller, name));
        Check.Equal(201, (await Api.SendAsync(HttpMethod.Put, $"{path}/waiting/{customers[1].Name}", customers[1].Token)).Status, "join");
        Check.Equal(201, (await Api.SendAsync(HttpMethod.Put, $"{path}/waiting/{customers[2].Name}", customers[2].Token)).Status, "join");
        Check.Equal(200, (await Api.SendAsync(HttpMethod.Delete, $"{path}/claims/{customers[0].Name}", customers[0].Token)).Status, "return");
        await Eventually.EqualAsync("the first in line has it", 200, async () => (await ReceiptAsync()).Status, TimeSpan.FromSeconds(30));
        var code = (await ReceiptAsync()).Json!.Value.GetProperty("data").GetProperty("code").GetString();
        Check.Equal(200, (await Api.PostAsync($"{ApiClient.Users}/{seller.Name}/redemptions", new { code, device = "till" }, seller.Token)).Status, "redeem");

        await using var visitor = await NewVisitorAsync(seller, Tokens.Seller);
        var window = visitor.Window;
        await window.GotoAsync(SalePath(seller, name));
        var report = window.GetByRole(AriaRole.Region, new() { Name = "Who bought" });
        await See(report.Locator("#report-redeemed")).ToHaveTextAsync("1");
        await See(report.Locator("#report-returned")).ToHaveTextAsync("1");
        await See(report.Locator("#report-owners")).ToHaveTextAsync("1");
        await Eventually.EqualAsync("the line is recorded", "1", async () =>
        {
            await report.GetByRole(AriaRole.Button, new() { Name = "Count again" }).ClickAsync();
            return await report.Locator("#report-waiting").InnerTextAsync();
        }, TimeSpan.FromSeconds(30));
        await report.GetByRole(AriaRole.Link, new() { Name = "Till" }).ClickAsync();
        await See(window.Locator("#code")).ToBeFocusedAsync();
        Assert.Empty(visitor.Complaints);

        Task<Answer> ReceiptAsync() => Api.SendAsync(HttpMethod.Get, $"{path}/claims/{customers[1].Name}/receipt", customers[1].Token);
    }
}
