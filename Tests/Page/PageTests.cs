using System.Text.Json;
using Microsoft.Playwright;
using SecKill.Tests.Browser;
using SecKill.Tests.Contract;
using SecKill.Tests.Deployments;

namespace SecKill.Tests.Page;

/// <summary>What the tests of the sale page stand on: a deployment, and people at browsers.</summary>
public abstract class PageTests(SharedBrowser browser, Func<Task<Deployment>> deploymentAsync) : ContractTests(deploymentAsync)
{
    // Browsers start slowly beside all the other tests.
    static PageTests() => Assertions.SetDefaultExpectTimeout(30_000);

    protected static ILocatorAssertions See(ILocator what) => Assertions.Expect(what);

    protected Task<Visitor> NewVisitorAsync(BrowserNewContextOptions? options = null) => browser.NewVisitorAsync(Deployment.Gateways[0], options);

    /// <summary>Somebody who has logged in before.</summary>
    protected async Task<Visitor> NewVisitorAsync(Account account, string kind, BrowserNewContextOptions? options = null)
    {
        var visitor = await NewVisitorAsync(options);
        var session = JsonSerializer.Serialize(new { name = account.Name, kind, token = account.Token });
        await visitor.Window.AddInitScriptAsync($"sessionStorage.setItem('session', {JsonSerializer.Serialize(session)})");
        return visitor;
    }

    /// <summary>Registers as people do.</summary>
    protected static async Task RegisterAsync(IPage window, string name, string kind)
    {
        await window.GotoAsync("/");
        await window.GetByRole(AriaRole.Link, new() { Name = "Log in", Exact = true }).ClickAsync();
        await window.GetByLabel("User name").FillAsync(name);
        await window.GetByLabel("Password").FillAsync(Password);
        await window.GetByLabel(kind).CheckAsync();
        await window.GetByRole(AriaRole.Button, new() { Name = "Register" }).ClickAsync();
        await See(window.GetByRole(AriaRole.Button, new() { Name = "Log out" })).ToBeVisibleAsync();
    }

    protected static string SalePath(Account seller, string coupon) => $"/#/sale/{Uri.EscapeDataString(seller.Name)}/{Uri.EscapeDataString(coupon)}";
}
