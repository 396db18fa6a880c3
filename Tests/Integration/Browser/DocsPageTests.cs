using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace SecKill.Tests.Integration.Browser;

/// <summary>The page of the API's document, which needs nothing that the gateway does not have itself.</summary>
public sealed class DocsPageTests(SharedBrowser browser, SharedDeployments deployments)
{
    private const float Patience = 60_000;

    [Fact]
    public async Task It_shows_the_api_and_asks_no_server_but_the_gateway()
    {
        var gateway = (await deployments.EmbeddedAsync()).Gateways[0];
        await using var visitor = await browser.NewVisitorAsync(gateway);
        var foreign = new ConcurrentQueue<string>();
        visitor.Window.Request += (_, request) =>
        {
            if (!request.Url.StartsWith(gateway.OriginalString, StringComparison.Ordinal) && !request.Url.StartsWith("data:", StringComparison.Ordinal) && !request.Url.StartsWith("blob:", StringComparison.Ordinal))
                foreign.Enqueue(request.Url);
        };

        await visitor.Window.GotoAsync("/docs");

        await Expect(visitor.Window.GetByText("Register", new() { Exact = true }).First).ToBeVisibleAsync(new() { Timeout = Patience });
        // A group opens when it is asked for.
        await visitor.Window.GetByText("Coupons", new() { Exact = true }).First.ClickAsync();
        await Expect(visitor.Window.GetByText("Claim a unit of a coupon").First).ToBeVisibleAsync(new() { Timeout = Patience });
        await visitor.Window.WaitForLoadStateAsync(LoadState.NetworkIdle);
        Assert.Empty(foreign);
        Assert.Empty(visitor.Complaints);
    }
}
