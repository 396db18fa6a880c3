using Microsoft.Playwright;
using SecKill.Tests.Integration.Browser;

namespace SecKill.Tests.Integration.Page;

/// <summary>Addresses, storage and answers may hold any names; those that every object of JavaScript has are names like others.</summary>
public sealed class AddressPageTests(SharedBrowser browser, SharedDeployments shared) : PageTests(browser, shared.ClusterAsync)
{
    [Fact]
    public async Task An_address_of_no_view_shows_the_board_and_the_next_one_what_it_names()
    {
        await using var visitor = await NewVisitorAsync();
        var (window, heading) = (visitor.Window, visitor.Window.GetByRole(AriaRole.Heading, new() { Level = 1 }));
        foreach (var address in new[] { "constructor/x", "toString/x", "__proto__/x", "valueOf", "nowhere", "sale", "sale/bob", "sale/bob/", "sale/bob/..", "sale/%2e/x" })
        {
            await window.GotoAsync($"/#/{address}");
            await See(heading).ToHaveTextAsync("Live sales");

            await window.GotoAsync("/#/login");
            await See(heading).ToHaveTextAsync("Log in");
        }
        Assert.Empty(visitor.Complaints);
    }

    [Theory]
    [InlineData("constructor", """{"name":"bob","kind":"constructor","token":"t"}""")]
    [InlineData("toString", "no JSON")]
    [InlineData("__proto__", "[]")]
    public async Task Stored_values_that_mean_nothing_are_as_none(string word, string session)
    {
        await using var visitor = await NewVisitorAsync();
        var (window, heading) = (visitor.Window, visitor.Window.GetByRole(AriaRole.Heading, new() { Level = 1 }));
        await window.AddInitScriptAsync($"localStorage.language = localStorage.theme = '{word}'; sessionStorage.session = '{session}'");

        await window.GotoAsync("/");
        await See(heading).ToHaveTextAsync("Live sales");
        await window.GetByRole(AriaRole.Link, new() { Name = "Log in", Exact = true }).ClickAsync();

        await See(heading).ToHaveTextAsync("Log in");
        Assert.Empty(visitor.Complaints);
    }

    [Fact]
    public async Task A_refusal_in_words_that_the_page_does_not_know_is_told_as_it_is()
    {
        await using var visitor = await NewVisitorAsync();
        var window = visitor.Window;
        await window.RouteAsync("**/api/auth", route => route.FulfillAsync(new() { Status = 401, Body = """{"kind":"","errMsg":"constructor"}""" }));
        await window.GotoAsync("/#/login");
        await window.GetByLabel("User name").FillAsync("bob");
        await window.GetByLabel("Password").FillAsync(Password);

        await window.Keyboard.PressAsync("Enter");

        await See(window.GetByRole(AriaRole.Alert)).ToHaveTextAsync("constructor");
        Assert.Empty(visitor.Complaints);
    }
}
