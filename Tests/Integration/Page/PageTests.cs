using Microsoft.Playwright;
using SecKill.Tests.Integration.Browser;
using SecKill.Tests.Integration.Contract;

namespace SecKill.Tests.Integration.Page;

/// <summary>What the tests of the sale page stand on: a deployment, and people at browsers.</summary>
public abstract class PageTests(SharedBrowser browser, Func<Task<Deployment>> deploymentAsync) : ContractTests(deploymentAsync)
{
    /// <summary>The URL pattern of claims and lists.</summary>
    protected const string Users = "**/api/users/**";

    protected static ILocatorAssertions See(ILocator what) => Assertions.Expect(what);

    protected Task<Visitor> NewVisitorAsync(BrowserNewContextOptions? options = null) => browser.NewVisitorAsync(Deployment.Gateways[0], options);

    /// <summary>A user who has logged in before.</summary>
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

    /// <summary>
    /// Looks at the board, in a window that shows it, until a sale is on it: it has the busiest only, and tests beside this one are
    /// busy too.
    /// </summary>
    protected Task SeeOnBoardAsync(IPage window, Account seller, string coupon) => Eventually.HoldsAsync(
        "The sale is on the board",
        "it is seen",
        async () =>
        {
            await ClaimAsync(NewCustomer(), seller, coupon);
            return await window.GetByText(coupon).First.IsVisibleAsync();
        },
        isSeen => isSeen,
        TimeSpan.FromSeconds(60));

    /// <summary>Holds back the first request of its kind; later ones go through.</summary>
    /// <param name="window">The window that makes it.</param>
    /// <param name="method">Its HTTP method.</param>
    /// <param name="part">A part of its address.</param>
    protected static async Task<HeldRequest> HoldAsync(IPage window, string method, string part = "")
    {
        var held = new HeldRequest(window);
        await window.RouteAsync("**/api/**", route => route.Request.Method == method && route.Request.Url.Contains(part, StringComparison.Ordinal)
            ? held.PassAsync(route)
            : route.FallbackAsync());
        return held;
    }

    protected static string SalePath(Account seller, string coupon) => $"/#/sale/{Uri.EscapeDataString(seller.Name)}/{Uri.EscapeDataString(coupon)}";
}
