using Microsoft.Playwright;
using SecKill.Tests.Integration.Browser;

namespace SecKill.Tests.Integration.Page;

/// <summary>What the button that claims does when the answer is late, strange or missing.</summary>
public sealed class ClaimPageTests(SharedBrowser browser, SharedDeployments shared) : PageTests(browser, shared.ClusterAsync)
{
    [Fact]
    public async Task A_claim_that_could_not_be_decided_is_made_again_by_itself_and_its_customer_told_that_this_is_safe()
    {
        var seller = await NewSellerAsync();
        var coupon = await NewCouponAsync(seller, 1);
        await using var visitor = await NewVisitorAsync(NewCustomer(), Tokens.Customer);
        var window = visitor.Window;
        var second = await HoldAsync(window, "PATCH");
        await window.RouteAsync($"**/coupons/{coupon}", route => route.FulfillAsync(Undecided(2)), new() { Times = 1 });
        await window.GotoAsync(SalePath(seller, coupon));

        await window.GetByRole(AriaRole.Button, new() { Name = "Claim one" }).ClickAsync();

        await See(window.Locator(".claimer .result")).ToHaveTextAsync("Not decided yet. Trying again in 2 s (try 1). This is safe: nobody gets two.");
        second.LetGo();
        await See(window.Locator(".claimer .result")).ToHaveTextAsync("It is yours!");
        await See(window.Locator("#left")).ToHaveTextAsync("Sold out");
    }

    [Fact]
    public async Task A_claim_that_is_not_answered_in_time_counts_as_undecided_and_is_made_again()
    {
        var seller = await NewSellerAsync();
        var coupon = await NewCouponAsync(seller, 1);
        await using var visitor = await NewVisitorAsync(NewCustomer(), Tokens.Customer);
        var window = visitor.Window;
        await window.Clock.InstallAsync();
        var second = await HoldAsync(window, "PATCH");
        await window.GotoAsync(SalePath(seller, coupon));
        await See(window.Locator("#left")).ToHaveTextAsync("1");
        var first = new TaskCompletionSource();
        await window.RouteAsync($"**/coupons/{coupon}", _ => Task.FromResult(first.TrySetResult()), new() { Times = 1 });

        await window.GetByRole(AriaRole.Button, new() { Name = "Claim one" }).ClickAsync();
        await first.Task.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        await window.Clock.FastForwardAsync(13_000);
        await See(window.Locator(".claimer .result")).ToHaveTextAsync("Asking …");
        await window.Clock.FastForwardAsync(2_000);

        await See(window.Locator(".claimer .result")).ToHaveTextAsync("Not decided yet. Trying again in 1 s (try 1). This is safe: nobody gets two.");
        await window.Clock.FastForwardAsync(1_000);
        second.LetGo();
        await See(window.Locator(".claimer .result")).ToHaveTextAsync("It is yours!");
        Assert.Empty(visitor.Complaints);
    }

    [Fact]
    public async Task Who_goes_elsewhere_claims_no_more()
    {
        var seller = await NewSellerAsync();
        var coupon = await NewCouponAsync(seller, 1);
        await using var visitor = await NewVisitorAsync(NewCustomer(), Tokens.Customer);
        var (window, asked) = (visitor.Window, new ConcurrentQueue<string>());
        await window.Clock.InstallAsync();
        await window.RouteAsync(Users, route =>
        {
            if (route.Request.Method == "GET" && route.Request.Url.Contains("page=", StringComparison.Ordinal))
                return route.ContinueAsync();
            asked.Enqueue(new Uri(route.Request.Url).Segments[^1]);
            return route.FulfillAsync(Undecided(60));
        });
        await window.GotoAsync(SalePath(seller, coupon));
        await window.GetByRole(AriaRole.Button, new() { Name = "Claim one" }).ClickAsync();
        await See(window.Locator(".claimer .result")).ToContainTextAsync("Trying again in 60 s");

        await window.GetByRole(AriaRole.Button, new() { Name = "Log out" }).ClickAsync();
        await See(window.GetByRole(AriaRole.Link, new() { Name = "Log in", Exact = true })).ToBeVisibleAsync();
        await window.Clock.FastForwardAsync(120_000);

        // Whatever would be asked because of that is asked before this.
        await window.EvaluateAsync("() => fetch('/api/users/marker')");
        Assert.Equal([coupon, "marker"], asked);
    }

    [Fact]
    public async Task An_outcome_that_the_page_does_not_know_is_told_as_it_is()
    {
        var seller = await NewSellerAsync();
        var coupon = await NewCouponAsync(seller, 1);
        await using var visitor = await NewVisitorAsync(NewCustomer(), Tokens.Customer);
        var window = visitor.Window;
        await window.RouteAsync($"**/coupons/{coupon}", route => route.FulfillAsync(new() { Headers = new Dictionary<string, string> { ["Claim-Result"] = "raffled" }, Body = "{}" }));
        await window.GotoAsync(SalePath(seller, coupon));

        await window.GetByRole(AriaRole.Button, new() { Name = "Claim one" }).ClickAsync();

        await See(window.Locator(".claimer .result")).ToHaveTextAsync("The server answered “raffled”.");
        await See(window.GetByRole(AriaRole.Button, new() { Name = "Claim one" })).ToBeEnabledAsync();
        Assert.Empty(visitor.Complaints);
    }

    private static RouteFulfillOptions Undecided(int again) =>
        new() { Status = 503, Headers = new Dictionary<string, string> { ["Retry-After"] = $"{again}" }, Body = """{"errMsg":"x"}""" };
}
