using SecKill.Tests.Integration.Browser;

namespace SecKill.Tests.Integration.Page;

/// <summary>The page's live data is live, and a hidden page holds no connection.</summary>
public sealed class WatchingPageTests(SharedBrowser browser, SharedDeployments shared) : PageTests(browser, shared.ClusterAsync)
{
    // Streams that the page has opened, and whether one has said that it is alive.
    private const string Streams = """
        window.streams = [];
        window.EventSource = class extends EventSource {
          constructor(path) {
            super(path);
            window.streams.push(this);
            this.addEventListener('alive', () => { window.isAlive = true; });
          }
        };
        """;

    [Fact]
    public async Task A_quiet_sale_stays_live_and_a_dead_connection_does_not()
    {
        var seller = await NewSellerAsync();
        var coupon = await NewCouponAsync(seller, 3);
        await using var visitor = await NewVisitorAsync();
        var (window, state) = (visitor.Window, visitor.Window.Locator(".connection"));
        await window.AddInitScriptAsync(Streams);
        await window.Clock.InstallAsync();
        await window.GotoAsync(SalePath(seller, coupon));
        await See(state).ToHaveTextAsync("Live");

        await Eventually.HoldsAsync(
            "Of a quiet sale it is said that it is alive", "true", () => window.EvaluateAsync<bool>("() => !!window.isAlive"), said => said, TimeSpan.FromSeconds(60));
        // With the 15 s before that, it would be dead.
        await window.Clock.FastForwardAsync(30_000);
        Assert.Equal(1, await window.EvaluateAsync<int>("window.streams.length"));
        await See(state).ToHaveTextAsync("Live");

        var next = await HoldAsync(window, "GET", "/api/live/");
        await window.Clock.FastForwardAsync(41_000);
        await See(state).ToHaveTextAsync("Connection lost, trying again …");
        next.LetGo();
        await See(state).ToHaveTextAsync("Live");
        Assert.True(await window.EvaluateAsync<bool>("window.streams[0].readyState === EventSource.CLOSED"));
        Assert.Empty(visitor.Complaints);
    }

    [Fact]
    public async Task A_page_that_is_hidden_holds_no_connection_and_goes_on_when_it_is_seen()
    {
        var seller = await NewSellerAsync();
        var coupon = await NewCouponAsync(seller, 3);
        await using var visitor = await NewVisitorAsync();
        var window = visitor.Window;
        await window.AddInitScriptAsync(Streams);
        await window.GotoAsync(SalePath(seller, coupon));
        await See(window.Locator("#left")).ToHaveTextAsync("3");

        await HideAsync(true);
        Assert.True(await window.EvaluateAsync<bool>("window.streams.every(stream => stream.readyState === EventSource.CLOSED)"));
        // A stale number is removed from the tab's title.
        Assert.Equal($"\u2068{coupon}\u2069", await window.TitleAsync());
        Expect.Claimed(await ClaimAsync(NewCustomer(), seller, coupon));

        await HideAsync(false);
        await See(window.Locator("#left")).ToHaveTextAsync("2");
        await See(window.Locator(".connection")).ToHaveTextAsync("Live");
        Assert.Empty(visitor.Complaints);

        Task HideAsync(bool isHidden) => window.EvaluateAsync(
            """
            hidden => {
              Object.defineProperty(document, 'hidden', { configurable: true, value: hidden });
              document.dispatchEvent(new Event('visibilitychange'));
            }
            """, isHidden);
    }
}
