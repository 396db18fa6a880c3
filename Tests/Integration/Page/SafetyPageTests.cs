using Microsoft.Playwright;
using SecKill.Tests.Integration.Browser;

namespace SecKill.Tests.Integration.Page;

/// <summary>Nothing gets into the page that is not its own: names do nothing, and browsers are told what to keep out.</summary>
public sealed class SafetyPageTests(SharedBrowser browser, SharedDeployments shared) : PageTests(browser, shared.ClusterAsync)
{
    [Fact]
    public async Task Names_that_look_like_HTML_are_shown_as_they_are_and_do_nothing()
    {
        const string nasty = "<img src=x onerror=document.title=1><b>&amp;\"'";
        var seller = await NewSellerAsync($"<i>{Names.Tag()}/%41");
        await NewCouponAsync(seller, 5, nasty);
        await using var visitor = await NewVisitorAsync(seller, Tokens.Seller);
        var window = visitor.Window;
        await window.GotoAsync("/#/shop");
        await window.GetByRole(AriaRole.Link, new() { Name = nasty }).ClickAsync();
        await See(window.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToHaveTextAsync(nasty);
        await See(window.Locator("#left")).ToHaveTextAsync("5");
        await See(window.Locator("header .name")).ToHaveTextAsync(seller.Name);
        await window.GotoAsync("/#/");
        await SeeOnBoardAsync(window, seller, nasty);
        Assert.Equal(0, await window.Locator("img, main b, main i").CountAsync());
        Assert.Empty(visitor.Complaints);
    }

    [Fact]
    public async Task Names_stand_by_themselves_so_that_none_changes_the_direction_of_what_is_beside_it()
    {
        var (seller, coupon) = (await NewSellerAsync($"שלום {Names.Tag()}"), $"אחת {Names.Tag()}");
        Expect.Created(await Api.CreateAsync(seller.Token, seller.Name, coupon, 5, stock: 30, $"נחמד {coupon}"));
        var customer = NewCustomer();
        Expect.Claimed(await ClaimAsync(customer, seller, coupon));
        foreach (var (account, kind, path) in new[]
        {
            (customer, Tokens.Customer, SalePath(seller, coupon)), (customer, Tokens.Customer, $"/#/market/{Uri.EscapeDataString(seller.Name)}"),
            (seller, Tokens.Seller, "/#/shop"), (customer, Tokens.Customer, "/#/"),
        })
        {
            await using var visitor = await NewVisitorAsync(account, kind);
            var window = visitor.Window;
            await window.GotoAsync(path);
            if (path == "/#/")
                await SeeOnBoardAsync(window, seller, coupon);
            else
                await See(window.GetByText(coupon).First).ToBeVisibleAsync();
            Assert.Empty(await window.EvaluateAsync<string[]>("""
                () => {
                  const found = [], texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
                  while (texts.nextNode()) {
                    const text = texts.currentNode, alone = text.parentElement.closest('bdi');
                    if (/[א-ת]/.test(text.data) && !(alone && /isolate/.test(getComputedStyle(alone).unicodeBidi))) found.push(text.data);
                  }
                  return found;
                }
                """));
            if (path.StartsWith("/#/sale", StringComparison.Ordinal))
                await Assertions.Expect(window).ToHaveTitleAsync($"4 · \u2068{coupon}\u2069");
        }
    }

    [Fact]
    public async Task Its_files_come_with_what_keeps_others_out_and_are_not_sent_twice()
    {
        foreach (var (path, type) in new[] { ("/", "text/html"), ("/app.js", "text/javascript"), ("/page.css", "text/css"), ("/icon.svg", "image/svg+xml") })
        {
            var uri = new Uri(Deployment.Gateways[0], path);
            using var answer = await Loopback.Http.GetAsync(uri, TestContext.Current.CancellationToken);
            Assert.Equal((200, type), ((int)answer.StatusCode, answer.Content.Headers.ContentType?.MediaType));
            var policy = Assert.Single(answer.Headers.GetValues("Content-Security-Policy"));
            Assert.Contains("default-src 'none'", policy, StringComparison.Ordinal);
            Assert.Contains("frame-ancestors 'none'", policy, StringComparison.Ordinal);
            Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
            Assert.Equal("nosniff", Assert.Single(answer.Headers.GetValues("X-Content-Type-Options")));
            Assert.True(answer.Headers.CacheControl?.NoCache);

            using var again = new HttpRequestMessage(HttpMethod.Get, uri);
            again.Headers.IfNoneMatch.Add(answer.Headers.ETag!);
            using var unchanged = await Loopback.Http.SendAsync(again, TestContext.Current.CancellationToken);
            Assert.Equal(304, (int)unchanged.StatusCode);
        }
    }
}
