using Microsoft.Playwright;
using SecKill.Tests.Integration.Browser;

namespace SecKill.Tests.Integration.Page;

/// <summary>The page works in the oldest browsers that docs/guide/live.md names, and where site data are blocked.</summary>
public sealed class OldBrowserPageTests(SharedBrowser browser, SharedDeployments shared) : PageTests(browser, shared.ClusterAsync)
{
    // What came after Safari 14.1, Chrome 87 and Firefox 78.
    private const string WithoutNewerNames = """
        for (const [owner, names] of [
          [AbortSignal, ['timeout', 'any', 'abort']],
          [AbortSignal.prototype, ['throwIfAborted', 'reason']],
          [Array, ['fromAsync']],
          [Array.prototype, ['at', 'findLast', 'findLastIndex', 'toReversed', 'toSorted', 'toSpliced', 'with']],
          [CSS, ['registerProperty', 'highlights']],
          [Crypto.prototype, ['randomUUID']],
          [Document.prototype, ['startViewTransition']],
          [Element.prototype, ['checkVisibility', 'setHTMLUnsafe', 'ariaNotify']],
          [HTMLElement.prototype, ['inert', 'popover', 'showPopover']],
          [HTMLFormElement.prototype, ['requestSubmit']],
          [Intl, ['Segmenter', 'ListFormat', 'DisplayNames', 'DurationFormat', 'supportedValuesOf']],
          [Map, ['groupBy']],
          [Object, ['hasOwn', 'groupBy']],
          [Promise, ['any', 'try', 'withResolvers']],
          [Set.prototype, ['union', 'intersection', 'difference', 'isSubsetOf']],
          [String.prototype, ['at', 'isWellFormed', 'toWellFormed', 'replaceAll']],
          [URL, ['canParse', 'parse']],
          [URLSearchParams.prototype, ['size']],
          [window, ['structuredClone', 'HTMLDialogElement', 'BroadcastChannel', 'requestIdleCallback', 'cookieStore', 'navigation', 'scheduler', 'reportError']],
        ]) for (const name of names) delete owner[name];
        """;

    // As browsers do that block site data: storage throws as soon as it is named.
    private const string WithoutStorage = """
        for (const name of ['localStorage', 'sessionStorage', 'indexedDB', 'caches'])
          Object.defineProperty(window, name, { configurable: true, get() { throw new DOMException('Access is denied for this document.', 'SecurityError'); } });
        """;

    [Theory]
    [InlineData(WithoutNewerNames)]
    [InlineData(WithoutStorage)]
    public async Task A_customer_registers_claims_and_logs_in_again(string without)
    {
        var seller = await NewSellerAsync();
        var coupon = await NewCouponAsync(seller, 1);
        await using var visitor = await NewVisitorAsync();
        var (window, name) = (visitor.Window, Names.Fresh("customer"));
        await window.AddInitScriptAsync(without);
        await RegisterAsync(window, name, "Customer");
        await window.GetByRole(AriaRole.Combobox, new() { Name = "Seller" }).FillAsync(seller.Name);
        await window.GetByRole(AriaRole.Button, new() { Name = "Look" }).ClickAsync();
        await window.GetByRole(AriaRole.Button, new() { Name = $"Claim one: {coupon}" }).ClickAsync();
        await See(window.Locator(".claimer .result")).ToHaveTextAsync("It is yours!");
        await window.GetByRole(AriaRole.Region, new() { Name = "Yours" }).GetByRole(AriaRole.Link, new() { Name = coupon, Exact = true }).ClickAsync();
        await See(window.Locator("#left")).ToHaveTextAsync("Sold out");
        await See(window.GetByRole(AriaRole.Button, new() { Name = $"You own it: {coupon}" })).ToBeVisibleAsync();

        await window.GetByRole(AriaRole.Button, new() { Name = "Dark or light" }).ClickAsync();
        await window.GetByRole(AriaRole.Button, new() { Name = "中文" }).ClickAsync();
        await window.GetByRole(AriaRole.Button, new() { Name = "English" }).ClickAsync();
        await window.GetByRole(AriaRole.Button, new() { Name = "Log out" }).ClickAsync();
        await See(window.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToBeFocusedAsync();
        await window.GetByRole(AriaRole.Link, new() { Name = "Log in", Exact = true }).ClickAsync();
        await window.GetByLabel("User name").FillAsync(name);
        await window.GetByLabel("Password").FillAsync("wrong");
        await window.Keyboard.PressAsync("Enter");
        await See(window.GetByRole(AriaRole.Alert)).ToHaveTextAsync("The password is wrong.");
        await window.GetByLabel("Password").FillAsync(Password);
        await window.Keyboard.PressAsync("Enter");
        await See(window.Locator("header .name")).ToHaveTextAsync(name);
        Assert.Empty(visitor.Complaints);
    }
}
