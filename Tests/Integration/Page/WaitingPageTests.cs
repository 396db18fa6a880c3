using Microsoft.Playwright;
using SecKill.Tests.Integration.Browser;
using SecKill.Tests.Integration.Contract;

namespace SecKill.Tests.Integration.Page;

/// <summary>Customers wait on the page for a unit of a coupon that is sold out.</summary>
public sealed class WaitingPageTests(SharedBrowser browser, SharedDeployments shared) : PageTests(browser, shared.ClusterAsync)
{
    private const string Waits = "**/waiting/*";

    [Fact]
    public async Task A_customer_joins_by_keyboard_is_served_when_a_unit_comes_back_and_finds_it_among_the_own_ones()
    {
        var (seller, coupon, owner) = await SoldOutAsync();
        await using var visitor = await NewVisitorAsync(NewCustomer(), Tokens.Customer);
        var (window, result) = (visitor.Window, visitor.Window.Locator(".claimer .result"));
        await window.GotoAsync(SalePath(seller, coupon));
        await See(window.GetByRole(AriaRole.Button, new() { Name = $"Sold out: {coupon}", Exact = true })).ToBeVisibleAsync();
        await See(window.GetByText("Joining is your consent: when it is your turn, the unit is yours, without another question.")).ToBeVisibleAsync();
        await window.GetByRole(AriaRole.Button, new() { Name = "Join the line" }).FocusAsync();

        await window.Keyboard.PressAsync("Enter");

        await See(result).ToHaveTextAsync("You are in line.");
        await See(window.Locator(".place")).ToHaveTextAsync("Place 1 of 1");
        await See(window.GetByRole(AriaRole.Button, new() { Name = "Leave the line" })).ToBeFocusedAsync();
        await See(window.GetByRole(AriaRole.Button, new() { Name = $"You are in line: {coupon}" })).ToBeVisibleAsync();
        await See(window.Locator(".of")).ToHaveTextAsync("the only unit · 1 in line");
        await ReturnAsync(owner, seller, coupon);

        await See(result).ToHaveTextAsync("Your turn has come: it is yours!");
        await See(window.GetByRole(AriaRole.Button, new() { Name = $"You own it: {coupon}" })).ToBeFocusedAsync();
        await See(window.Locator(".line")).ToBeHiddenAsync();
        await See(window.Locator(".giveback > button")).ToBeVisibleAsync();
        await window.GotoAsync("/#/market");
        await See(window.GetByRole(AriaRole.Region, new() { Name = "Yours" })).ToContainTextAsync(coupon);
        Assert.Empty(visitor.Complaints);
    }

    [Fact]
    public async Task Who_leaves_is_asked_first_and_the_next_one_sees_the_place_come_nearer()
    {
        var (seller, coupon, _) = await SoldOutAsync();
        await using var first = await NewVisitorAsync(NewCustomer(), Tokens.Customer);
        await using var second = await NewVisitorAsync(NewCustomer(), Tokens.Customer);
        foreach (var window in new[] { first.Window, second.Window })
        {
            await window.GotoAsync(SalePath(seller, coupon));
            await window.GetByRole(AriaRole.Button, new() { Name = "Join the line" }).ClickAsync();
            await See(window.Locator(".place")).ToContainTextAsync("Place ");
        }
        await See(second.Window.Locator(".place")).ToHaveTextAsync("Place 2 of 2");
        await See(first.Window.Locator(".place")).ToHaveTextAsync("Place 1 of 2");

        await first.Window.GetByRole(AriaRole.Button, new() { Name = "Leave the line" }).ClickAsync();
        await See(first.Window.GetByRole(AriaRole.Button, new() { Name = "Cancel" })).ToBeFocusedAsync();
        await first.Window.GetByRole(AriaRole.Button, new() { Name = "Leave it" }).ClickAsync();

        await See(first.Window.Locator(".claimer .result")).ToHaveTextAsync("You have left the line.");
        await See(first.Window.GetByRole(AriaRole.Button, new() { Name = "Join the line" })).ToBeFocusedAsync();
        await See(first.Window.Locator(".place")).ToBeEmptyAsync();
        await See(first.Window.GetByText("1 customer waits.")).ToBeVisibleAsync();
        await See(second.Window.Locator(".place")).ToHaveTextAsync("Place 1 of 1");
        Assert.Empty(first.Complaints.Concat(second.Complaints));
    }

    [Fact]
    public async Task Who_waits_already_sees_the_place_after_a_reload_and_a_claim_in_the_list_tells_it()
    {
        var (seller, coupon, _) = await SoldOutAsync();
        var customer = NewCustomer();
        await JoinAsync(NewCustomer(), seller, coupon);
        await JoinAsync(customer, seller, coupon);
        await using var visitor = await NewVisitorAsync(customer, Tokens.Customer);
        var window = visitor.Window;
        await window.GotoAsync($"/#/market/{seller.Name}");
        await window.GetByRole(AriaRole.Button, new() { Name = $"Claim one: {coupon}" }).ClickAsync();
        await See(window.Locator(".claimer .result")).ToHaveTextAsync("You are in line, at place 2: a unit that comes back is yours when it is your turn.");
        await See(window.GetByRole(AriaRole.Button, new() { Name = $"You are in line: {coupon}" })).ToBeVisibleAsync();

        await window.GotoAsync(SalePath(seller, coupon));

        await See(window.Locator(".place")).ToHaveTextAsync("Place 2 of 2");
        await See(window.GetByRole(AriaRole.Button, new() { Name = "Leave the line" })).ToBeVisibleAsync();
        Assert.Empty(visitor.Complaints);
    }

    [Fact]
    public async Task A_claim_that_is_answered_with_a_place_shows_it()
    {
        var (seller, customer) = (await NewSellerAsync(), NewCustomer());
        var coupon = await NewCouponAsync(seller, 1);
        await using var visitor = await NewVisitorAsync(customer, Tokens.Customer);
        var window = visitor.Window;
        await window.RouteAsync($"**/coupons/{coupon}", route => route.FulfillAsync(new()
        {
            Status = 204,
            Headers = new Dictionary<string, string> { ["Claim-Result"] = "waiting", ["Waiting-Position"] = "1234" },
        }));
        await window.GotoAsync(SalePath(seller, coupon));

        await window.GetByRole(AriaRole.Button, new() { Name = "Claim one" }).ClickAsync();

        await See(window.Locator(".place")).ToHaveTextAsync("Place 1,234");
        await See(window.GetByRole(AriaRole.Button, new() { Name = "Leave the line" })).ToBeVisibleAsync();
    }

    [Theory]
    [InlineData("full", "The line is full at the moment. Try again later.", "Sold out")]
    [InlineData("ended", "This sale is over.", "Sold out")]
    [InlineData("no-waitlist", "This coupon has no line.", "Sold out")]
    [InlineData("already-claimed", "You have one already.", "You own it")]
    [InlineData("returned", "You gave yours back, so you cannot have another.", "You gave it back")]
    public async Task Each_refusal_is_told(string word, string told, string button)
    {
        var (seller, coupon, _) = await SoldOutAsync();
        await using var visitor = await NewVisitorAsync(NewCustomer(), Tokens.Customer);
        var window = visitor.Window;
        await window.RouteAsync(Waits, route => route.FulfillAsync(new()
        {
            Status = 409,
            Headers = new Dictionary<string, string> { ["Waiting-Result"] = word },
            Body = """{"errMsg":"x"}""",
        }));
        await window.GotoAsync(SalePath(seller, coupon));

        await window.GetByRole(AriaRole.Button, new() { Name = "Join the line" }).ClickAsync();

        await See(window.Locator(".claimer .result")).ToHaveTextAsync(told);
        await See(window.GetByRole(AriaRole.Button, new() { Name = $"{button}: {coupon}", Exact = true })).ToBeVisibleAsync();
        Assert.Empty(visitor.Complaints);
    }

    [Fact]
    public async Task Who_comes_to_the_line_when_units_are_left_is_told_to_claim_and_can()
    {
        var (seller, coupon, _) = await SoldOutAsync();
        await using var visitor = await NewVisitorAsync(NewCustomer(), Tokens.Customer);
        var (window, result) = (visitor.Window, visitor.Window.Locator(".claimer .result"));
        await window.GotoAsync(SalePath(seller, coupon));
        var join = await HoldAsync(window, "PUT");
        await window.GetByRole(AriaRole.Button, new() { Name = "Join the line" }).ClickAsync();
        await join.Asked;
        await ChangeAsync(HttpMethod.Put, seller, coupon, "amount", new { amount = 2 });
        await See(window.Locator("#left")).ToHaveTextAsync("1");
        var claim = window.GetByRole(AriaRole.Button, new() { Name = $"Claim one: {coupon}" });
        await See(claim).ToBeFocusedAsync();

        join.LetGo();

        await See(result).ToHaveTextAsync("There are units left: claim one.");
        await window.Keyboard.PressAsync("Enter");
        await See(result).ToHaveTextAsync("It is yours!");
        Assert.Empty(visitor.Complaints);
    }

    [Fact]
    public async Task Who_is_served_while_joining_owns_it_at_once()
    {
        var (seller, coupon, _) = await SoldOutAsync();
        await using var visitor = await NewVisitorAsync(NewCustomer(), Tokens.Customer);
        var window = visitor.Window;
        await window.RouteAsync(Waits, route => route.FulfillAsync(new() { Status = 201, Body = """{"errMsg":"","data":{"position":0,"of":0}}""" }));
        await window.GotoAsync(SalePath(seller, coupon));

        await window.GetByRole(AriaRole.Button, new() { Name = "Join the line" }).ClickAsync();

        await See(window.Locator(".claimer .result")).ToHaveTextAsync("Your turn has come: it is yours!");
        await See(window.GetByRole(AriaRole.Button, new() { Name = $"You own it: {coupon}" })).ToBeFocusedAsync();
    }

    [Fact]
    public async Task A_join_without_a_certain_answer_is_repeated_and_one_that_waits_stays_in_place()
    {
        var (seller, coupon, _) = await SoldOutAsync();
        await using var visitor = await NewVisitorAsync(NewCustomer(), Tokens.Customer);
        var (window, result) = (visitor.Window, visitor.Window.Locator(".claimer .result"));
        var isFirst = true;
        var second = await HoldAsync(window, "PUT");
        await window.RouteAsync(Waits, async route =>
        {
            if (!isFirst)
            {
                await route.FallbackAsync();
                return;
            }
            isFirst = false;
            await route.FetchAsync();
            await route.FulfillAsync(new() { Status = 503, Headers = new Dictionary<string, string> { ["Retry-After"] = "1" }, Body = """{"errMsg":"x"}""" });
        });
        await window.GotoAsync(SalePath(seller, coupon));

        await window.GetByRole(AriaRole.Button, new() { Name = "Join the line" }).ClickAsync();
        await See(result).ToHaveTextAsync("No answer that is certain yet. Trying again in 1 s (try 1). It takes effect once.");
        second.LetGo();

        await See(result).ToHaveTextAsync("You are in line.");
        await See(window.Locator(".place")).ToHaveTextAsync("Place 1 of 1");
    }

    [Fact]
    public async Task While_the_sale_is_paused_those_in_line_are_told_that_nobody_is_served_and_after_its_end_too()
    {
        var (seller, coupon, _) = await SoldOutAsync();
        var customer = NewCustomer();
        await JoinAsync(customer, seller, coupon);
        await using var visitor = await NewVisitorAsync(customer, Tokens.Customer);
        await using var other = await NewVisitorAsync(NewCustomer(), Tokens.Customer);
        await visitor.Window.GotoAsync(SalePath(seller, coupon));
        await other.Window.GotoAsync(SalePath(seller, coupon));
        await See(other.Window.GetByRole(AriaRole.Button, new() { Name = "Join the line" })).ToBeVisibleAsync();

        await ChangeAsync(HttpMethod.Post, seller, coupon, "pause", new { });
        await See(visitor.Window.GetByText("The sale is paused: nobody is served until it goes on.")).ToBeVisibleAsync();
        // Units that are left are theirs who wait.
        await ChangeAsync(HttpMethod.Put, seller, coupon, "amount", new { amount = 5 });
        await See(other.Window.Locator(".of")).ToHaveTextAsync("all 5 units · 1 in line");
        await See(other.Window.Locator("#left")).ToHaveTextAsync("Sold out");
        await See(other.Window.GetByRole(AriaRole.Button, new() { Name = "Join the line" })).ToBeVisibleAsync();

        await ChangeAsync(HttpMethod.Put, seller, coupon, "window", new { endsAt = "now" });
        await See(visitor.Window.GetByText("The sale is over: nobody is served any more.")).ToBeVisibleAsync();
        await See(other.Window.Locator(".line")).ToBeHiddenAsync();
        Assert.Empty(visitor.Complaints.Concat(other.Complaints));
    }

    [Fact]
    public async Task The_nearer_a_place_the_more_often_it_is_read_and_at_once_when_the_turn_has_come()
    {
        await using var visitor = await NewVisitorAsync();
        var window = visitor.Window;
        await window.Clock.InstallAsync();
        await window.GotoAsync("/#/login");
        await window.EvaluateAsync("""
            async () => {
              const { placeWatch } = await import('/chances/place.js');
              window.watch = place => {
                const one = { asked: 0, place };
                const at = placeWatch(async () => { one.asked++; at.heard(one.place); });
                at.see({ won: 10, returned: 0 });
                at.heard(place);
                return Object.assign(one, at);
              };
              window.near = watch(3);
              window.far = watch(1000);
              window.last = watch(1000000);
            }
            """);

        await window.Clock.RunForAsync(600_000);
        Assert.InRange(await window.EvaluateAsync<int>("near.asked"), 90, 165);
        Assert.InRange(await window.EvaluateAsync<int>("far.asked"), 4, 8);
        Assert.Equal(0, await window.EvaluateAsync<int>("last.asked"));

        // All but one before it were served: it is read in its time.
        await window.EvaluateAsync("() => { far.asked = 0; far.heard(1000); far.see({ won: 1009, returned: 0 }); }");
        await window.Clock.RunForAsync(5_000);
        Assert.Equal(0, await window.EvaluateAsync<int>("far.asked"));
        await window.EvaluateAsync("() => far.see({ won: 1000, returned: 10 })");
        await window.Clock.RunForAsync(5_000);
        Assert.Equal(1, await window.EvaluateAsync<int>("far.asked"));

        await window.EvaluateAsync("() => near.stop()");
        var asked = await window.EvaluateAsync<int>("near.asked");
        await window.Clock.RunForAsync(60_000);
        Assert.Equal(asked, await window.EvaluateAsync<int>("near.asked"));
    }

    [Theory]
    [InlineData(ColorScheme.Dark, "en-US")]
    [InlineData(ColorScheme.Light, "zh-CN")]
    public async Task It_fits_a_phone_and_can_be_read(ColorScheme scheme, string language)
    {
        var (seller, coupon, _) = await SoldOutAsync();
        await using var visitor = await NewVisitorAsync(
            NewCustomer(), Tokens.Customer, new() { ViewportSize = new() { Width = 360, Height = 740 }, ColorScheme = scheme, Locale = language });
        var (window, button) = (visitor.Window, visitor.Window.Locator(".line > button"));
        await window.GotoAsync(SalePath(seller, coupon));
        await See(button).ToBeVisibleAsync();
        await CheckAsync();
        await button.ClickAsync();
        await See(window.Locator(".place")).Not.ToBeEmptyAsync();
        await button.ClickAsync();
        await See(window.Locator(".line .question")).ToBeVisibleAsync();
        await CheckAsync();
        Assert.Empty(visitor.Complaints);

        async Task CheckAsync()
        {
            Assert.Equal(360, await window.EvaluateAsync<int>("document.documentElement.scrollWidth"));
            Assert.Empty(await window.EvaluateAsync<string[]>(Legibility.UnlabelledFields));
            Assert.Empty(await window.EvaluateAsync<string[]>(Legibility.FaintTexts));
        }
    }

    /// <summary>A coupon of one unit, which is owned and may be given back.</summary>
    private async Task<(Account Seller, string Coupon, Account Owner)> SoldOutAsync()
    {
        var (seller, owner, name) = (await NewSellerAsync(), NewCustomer(), Names.Fresh("coupon"));
        Expect.Created(await Api.PostAsync(ApiClient.CouponsOf(seller.Name), new { name, amount = 1, stock = 1, returns = "once", waitlist = 5 }, seller.Token));
        Expect.Claimed(await ClaimAsync(owner, seller, name));
        return (seller, name, owner);
    }

    private async Task JoinAsync(Account customer, Account seller, string coupon) => Check.Equal(
        201, (await Api.SendAsync(HttpMethod.Put, $"{ApiClient.CouponOf(seller.Name, coupon)}/waiting/{customer.Name}", customer.Token)).Status, "join");

    private async Task ReturnAsync(Account owner, Account seller, string coupon) => Check.Equal(
        200, (await Api.SendAsync(HttpMethod.Delete, $"{ApiClient.CouponOf(seller.Name, coupon)}/claims/{owner.Name}", owner.Token)).Status, "return");

    private async Task ChangeAsync(HttpMethod method, Account seller, string coupon, string route, object body)
    {
        using var content = new StringContent(JsonSerializer.Serialize(body), Encoding.UTF8, "application/json");
        var answer = await Api.SendAsync(method, $"{ApiClient.CouponOf(seller.Name, coupon)}/{route}", seller.Token, content);
        Check.Equal(200, answer.Status, $"{answer}");
    }
}
