using Microsoft.Playwright;
using SecKill.Tests.Integration.Browser;
using SecKill.Tests.Integration.Contract;

namespace SecKill.Tests.Integration.Page;

/// <summary>Logging in, and what may be seen without, with the wrong kind of account, and when a session has ended.</summary>
public sealed class SessionPageTests(SharedBrowser browser, SharedDeployments shared) : PageTests(browser, shared.ClusterAsync)
{
    [Fact]
    public async Task The_wrong_password_and_a_name_that_is_taken_are_told()
    {
        var account = await NewRegisteredCustomerAsync();
        await using var visitor = await NewVisitorAsync();
        var window = visitor.Window;
        await window.GotoAsync("/#/login");
        await window.GetByLabel("User name").FillAsync(account.Name);
        await window.GetByLabel("Password").FillAsync("wrong");
        await window.GetByRole(AriaRole.Button, new() { Name = "Log in" }).ClickAsync();
        // By the button that was pressed, which keeps the keyboard.
        await See(window.Locator("#login + [role=alert]")).ToHaveTextAsync("The password is wrong.");
        await See(window.Locator("#login")).ToBeFocusedAsync();
        await window.GetByRole(AriaRole.Button, new() { Name = "Register" }).ClickAsync();
        await See(window.Locator("#register + [role=alert]")).ToHaveTextAsync("This user name is taken.");
        await See(window.GetByRole(AriaRole.Alert)).ToHaveCountAsync(1);

        await window.GetByLabel("Password").FillAsync(Password);
        await window.Keyboard.PressAsync("Enter");
        await window.GetByRole(AriaRole.Button, new() { Name = "Log out" }).ClickAsync();
        await See(window.GetByRole(AriaRole.Link, new() { Name = "Log in", Exact = true })).ToBeVisibleAsync();
    }

    [Theory]
    [InlineData(Tokens.Customer, "shop", "This is for sellers", "Coupons")]
    [InlineData(Tokens.Seller, "market", "This is for customers", "My coupons")]
    public async Task Who_is_of_the_other_kind_is_told_so_and_led_home_and_stays_logged_in(string kind, string view, string told, string home)
    {
        var account = new Account(Names.Fresh(kind), "");
        account = account with { Token = Tokens.Mint(account.Name, kind) };
        await using var visitor = await NewVisitorAsync(account, kind);
        var (window, heading) = (visitor.Window, visitor.Window.GetByRole(AriaRole.Heading, new() { Level = 1 }));
        await window.GotoAsync($"/#/{view}");
        await See(heading).ToHaveTextAsync(told);

        await window.GetByRole(AriaRole.Main).GetByRole(AriaRole.Link, new() { Name = home }).ClickAsync();

        await See(heading).ToHaveTextAsync(home);
        await See(window.Locator("header .name")).ToHaveTextAsync(account.Name);
        Assert.Empty(visitor.Complaints);
    }

    [Fact]
    public async Task Who_logs_in_where_only_the_other_kind_may_go_is_led_home()
    {
        await using var visitor = await NewVisitorAsync();
        var window = visitor.Window;
        await window.GotoAsync("/#/shop");
        await See(window.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToHaveTextAsync("Log in");
        await See(window.GetByText("Your session has ended")).ToHaveCountAsync(0);

        await window.GetByLabel("User name").FillAsync(Names.Fresh("customer"));
        await window.GetByLabel("Password").FillAsync(Password);
        await window.GetByRole(AriaRole.Button, new() { Name = "Register" }).ClickAsync();

        await See(window.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToHaveTextAsync("Coupons");
    }

    [Fact]
    public async Task Who_comes_with_a_session_that_has_ended_logs_in_once_goes_on_where_he_was_and_can_go_back()
    {
        var seller = await NewSellerAsync();
        var coupon = await NewCouponAsync(seller, 1);
        var customer = await NewRegisteredCustomerAsync();
        await using var visitor = await NewVisitorAsync(customer with { Token = "not a token any more" }, Tokens.Customer);
        var (window, heading) = (visitor.Window, visitor.Window.GetByRole(AriaRole.Heading, new() { Level = 1 }));
        await window.GotoAsync("/");
        await See(heading).ToHaveTextAsync("Live sales");

        // Both lists of this view are refused.
        await window.GotoAsync($"/#/market/{seller.Name}");
        await See(window.GetByRole(AriaRole.Status)).ToHaveTextAsync("Your session has ended. Log in again to go on.");
        await window.GetByLabel("User name").FillAsync(customer.Name);
        await window.GetByLabel("Password").FillAsync(Password);
        await window.Keyboard.PressAsync("Enter");

        await See(window.GetByRole(AriaRole.Region, new() { Name = "A seller’s coupons" })).ToContainTextAsync(coupon);
        await window.GoBackAsync();
        await See(heading).ToHaveTextAsync("Live sales");
        Assert.Empty(visitor.Complaints);
    }
}
