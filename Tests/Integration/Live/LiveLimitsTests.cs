using SecKill.Tests.Integration.Browser;
using SecKill.Tests.Integration.Guarantees;
using PageExpect = Microsoft.Playwright.Assertions;

namespace SecKill.Tests.Integration.Live;

/// <summary>Watchers are limited, do not slow claims, and do not delay a shutdown.</summary>
[Collection(Alone.Name)]
public sealed class LiveLimitsTests(SharedBrowser browser) : IAsyncDisposable
{
    private readonly EmbeddedDeployment _deployment = new(new Dictionary<string, string?>
    {
        ["Live__MaxWatchers"] = "3",
        ["Live__Interval"] = "00:00:00.200",
        ["Shutdown__Grace"] = "00:00:03",
        ["Passwords__Iterations"] = "1000",
    });

    private Uri Gateway => _deployment.Gateways[0];

    private ApiClient Api => new(Gateway);

    public ValueTask DisposeAsync() => _deployment.DisposeAsync();

    [Fact]
    public async Task More_watchers_than_may_be_are_told_to_come_again_and_streams_end_at_once_when_the_gateway_stops_and_come_back_with_it()
    {
        await _deployment.StartAsync();
        var tokens = new Tokens(_deployment.SigningKey);
        Expect.Created(await Api.RegisterAsync("seller", "pw", Tokens.Seller));
        Expect.Created(await Api.CreateAsync(tokens.Mint("seller", Tokens.Seller), "seller", "coupon", 9));
        await using var visitor = await browser.NewVisitorAsync(Gateway);
        await visitor.Window.GotoAsync("/#/sale/seller/coupon");
        await PageExpect.Expect(visitor.Window.Locator("#left")).ToHaveTextAsync("9");
        var first = await LiveStream.OpenAsync(Gateway, "/api/live/seller/coupon");
        await using var second = await LiveStream.OpenAsync(Gateway, "/api/live/seller/coupon");
        await second.ReadUntilAsync("It is read", _ => true);

        var refused = Expect.Refused(await Api.SendAsync(HttpMethod.Get, "/api/live"), 503);
        Assert.NotNull(refused.Headers.RetryAfter);
        Expect.Claimed(await Api.ClaimAsync(tokens.Mint("customer", Tokens.Customer), "seller", "coupon"));

        await first.DisposeAsync();
        await using var third = await Eventually.HoldsAsync(
            "The place of who has left is free", "a stream", () => LiveStream.OpenAsync(Gateway, "/api/live"), _ => true, TimeSpan.FromSeconds(20));
        await third.ReadUntilAsync("It is read", board => board.GetProperty("claims").GetProperty("claimed").GetInt64() == 1);

        var stopping = _deployment.StopAsync();
        while (await second.NextAsync() is not null || await third.NextAsync() is not null)
        {
        }
        Assert.True(_deployment.Gateway.IsRunning, "The streams ended with the process only.");
        await stopping;
        await PageExpect.Expect(visitor.Window.Locator(".connection")).ToHaveTextAsync("Connection lost, trying again …");

        await _deployment.StartAsync();
        await PageExpect.Expect(visitor.Window.Locator(".connection")).ToHaveTextAsync("Live", new() { Timeout = 30_000 });
        Expect.Claimed(await Api.ClaimAsync(tokens.Mint("another", Tokens.Customer), "seller", "coupon"));
        await PageExpect.Expect(visitor.Window.Locator("#left")).ToHaveTextAsync("7");
    }

    [Fact]
    public async Task Turned_off_there_is_neither_the_endpoint_nor_the_page()
    {
        await using var closed = new EmbeddedDeployment(new Dictionary<string, string?> { ["Live__Enabled"] = "false" });
        await closed.StartAsync();
        var api = new ApiClient(closed.Gateways[0]);

        foreach (var path in new[] { "/", "/app.js", "/api/live", "/api/live/seller/coupon" })
            Expect.Refused(await api.SendAsync(HttpMethod.Get, path), 404);
    }
}
