using Microsoft.Playwright;

[assembly: AssemblyFixture(typeof(SecKill.Tests.Integration.Browser.SharedBrowser))]

namespace SecKill.Tests.Integration.Browser;

/// <summary>
/// One headless Chromium for all tests, started when the first of them asks. It is the one of this machine, and has nothing to look
/// for outside of it.
/// </summary>
public sealed class SharedBrowser : IAsyncDisposable
{
    // Chromium, else, tells its makers' servers about itself, which a machine without the Internet makes slow.
    private static readonly string[] _switches =
    [
        "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update",
        "--disable-sync", "--no-proxy-server",
    ];

    // Browsers start slowly beside all the other tests.
    static SharedBrowser() => Assertions.SetDefaultExpectTimeout(30_000);

    private readonly Lazy<Task<(IPlaywright Driver, IBrowser Chromium)>> _browser = new(StartAsync);

    /// <summary>A new browser context: no cookies, nothing stored.</summary>
    /// <param name="site">What paths are relative to.</param>
    /// <param name="options">The window, the language, and so on.</param>
    public async Task<Visitor> NewVisitorAsync(Uri site, BrowserNewContextOptions? options = null)
    {
        options ??= new BrowserNewContextOptions();
        options.BaseURL = site.OriginalString;
        options.Locale ??= "en-US";
        return await Visitor.ArriveAsync(await (await _browser.Value).Chromium.NewContextAsync(options));
    }

    public async ValueTask DisposeAsync()
    {
        if (_browser is not { IsValueCreated: true, Value.IsCompletedSuccessfully: true })
            return;
        var (driver, chromium) = await _browser.Value;
        await chromium.CloseAsync();
        driver.Dispose();
    }

    private static async Task<(IPlaywright Driver, IBrowser Chromium)> StartAsync()
    {
        var program = Installed.Find("chromium", "chromium-browser", "google-chrome") ?? throw Installed.Missing("chromium");
        var driver = await Playwright.CreateAsync();
        return (driver, await driver.Chromium.LaunchAsync(new BrowserTypeLaunchOptions { ExecutablePath = program, Args = _switches }));
    }
}
