using Microsoft.Playwright;
using SecKill.Tests.Integration.Browser;

namespace SecKill.Tests.Integration.Page;

/// <summary>A seller's report on the page, and the file of claims.</summary>
public sealed class ReportPageTests(SharedBrowser browser, SharedDeployments shared) : PageTests(browser, shared.ClusterAsync)
{
    [Fact]
    public async Task A_seller_sees_the_sale_counted_up_and_takes_the_claims_as_a_file()
    {
        var seller = await NewSellerAsync();
        var coupon = await NewCouponAsync(seller, 3, Names.Fresh("早餐"));
        string[] customers = [Names.Fresh("陈明"), Names.Fresh("=1+1")];
        foreach (var customer in customers)
            Expect.Claimed(await ClaimAsync(NewCustomer(customer), seller, coupon));

        await using var visitor = await NewVisitorAsync(seller, Tokens.Seller);
        var window = visitor.Window;
        await window.GotoAsync(SalePath(seller, coupon));
        var report = window.GetByRole(AriaRole.Region, new() { Name = "Who bought" });
        var again = report.GetByRole(AriaRole.Button, new() { Name = "Count again" });
        await Eventually.EqualAsync("both are recorded", "2", async () =>
        {
            await again.ClickAsync();
            return await report.Locator("#report-owners").InnerTextAsync();
        }, TimeSpan.FromSeconds(30));
        await See(report.Locator("#report-left")).ToHaveTextAsync("1");

        var download = await window.RunAndWaitForDownloadAsync(() => report.GetByRole(AriaRole.Button, new() { Name = "Download the claims" }).ClickAsync());
        Assert.Equal($"{coupon}.csv", download.SuggestedFilename);
        var rows = (await File.ReadAllTextAsync(await download.PathAsync(), TestContext.Current.CancellationToken)).Split("\r\n");
        Assert.Equal([customers[0], "'" + customers[1]], rows[1..3].Select(row => row.Split(',')[1]));
        await See(report.GetByRole(AriaRole.Status)).ToHaveTextAsync("2 claims are in the file.");
        Assert.Empty(visitor.Complaints);
    }

    [Fact]
    public async Task Nobody_else_sees_it()
    {
        var (seller, other) = (await NewSellerAsync(), await NewSellerAsync());
        var coupon = await NewCouponAsync(seller, 3);
        foreach (var (account, kind) in new[] { (other, Tokens.Seller), (NewCustomer(), Tokens.Customer) })
        {
            await using var visitor = await NewVisitorAsync(account, kind);
            await visitor.Window.GotoAsync(SalePath(seller, coupon));
            await See(visitor.Window.Locator("#left")).ToHaveTextAsync("3");
            await See(visitor.Window.GetByRole(AriaRole.Region, new() { Name = "Who bought" })).ToHaveCountAsync(0);
        }
    }
}
