using System.Security.Cryptography;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using SecKill.Gateway.Operators;

namespace SecKill.Tests.Integration.Operations;

/// <summary>Access to the dashboard, beyond the browser tests.</summary>
[Collection(HostedGateway.Name)]
public sealed class DashboardLogInTests(HostedGateway gateway, SharedDeployments shared)
{
    private const string LogIn = "/dashboard/login";
    private const string Counters = "/dashboard/DashboardCounters";

    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(60);

    private readonly ApiClient _api = new(gateway.Address);

    [Theory]
    [InlineData("GET", "/dashboard")]
    [InlineData("GET", "/dashboard/")]
    [InlineData("GET", Counters)]
    [InlineData("GET", LogIn)]
    [InlineData("POST", LogIn)]
    [InlineData("POST", "/dashboard/logout")]
    public async Task Where_no_key_is_set_there_is_no_dashboard(string method, string path)
    {
        var off = new ApiClient((await shared.EmbeddedAsync()).Gateways[0]);
        Expect.Is(await off.SendAsync(new HttpMethod(method), path), 404, "No such route.");
    }

    [Fact]
    public async Task Nothing_of_it_is_shown_without_the_cookie_that_the_key_gets()
    {
        var token = new Tokens(gateway.SigningKey).Mint("bob", Tokens.Seller);
        foreach (var route in gateway.Routes.Select(route => '/' + route.RoutePattern.RawText!.Trim('/')).Where(IsOfDashboard).Distinct())
        {
            Expect.Refused(await _api.SendAsync(HttpMethod.Get, route), 401);
            // The key and tokens are for the API; here, a page of another site could have the browser send neither.
            Expect.Refused(await _api.SendAsync(HttpMethod.Get, route, $"Bearer {HostedGateway.AdminKey}"), 401);
            Expect.Refused(await _api.SendAsync(HttpMethod.Get, route, token), 401);
        }
        Expect.Refused(await AskAsync(Counters, "seckill-operator=forged"), 401);
        var cookie = await CookieAsync();
        Expect.Refused(await AskAsync(Counters, cookie[..^5] + (cookie[^5] == 'A' ? 'B' : 'A') + cookie[^4..]), 401);

        // The dashboard counts hosts at its first tick, some time after the start.
        await Eventually.EqualAsync("it is shown", (200, 1), CountedAsync, _limit);
        // It is good for nothing else.
        Expect.Refused(await AskAsync("/api/admin/audit", cookie), 401);
        Expect.Refused(await AskAsync(ApiClient.CouponsOf("bob"), cookie), 401);

        async Task<(int Status, int Hosts)> CountedAsync()
        {
            var shown = await AskAsync(Counters, cookie);
            return (shown.Status, shown.Json!.Value.GetProperty("totalActiveHostCount").GetInt32());
        }
    }

    [Fact]
    public async Task The_cookie_is_kept_from_scripts_and_other_sites_and_the_page_from_frames()
    {
        var answer = await PostAsync(LogIn, HostedGateway.AdminKey);
        var cookie = Assert.Single(answer.Headers.GetValues("Set-Cookie"));
        foreach (var word in new[] { "httponly", "samesite=strict", "path=/dashboard" })
            Assert.Contains(word, cookie, StringComparison.Ordinal);

        var page = await _api.SendAsync(HttpMethod.Get, LogIn);
        Assert.Equal((200, "text/html"), (page.Status, page.ContentType));
        Assert.Contains("frame-ancestors 'none'", Assert.Single(page.Headers.GetValues("Content-Security-Policy")), StringComparison.Ordinal);
        Assert.True(page.Headers.CacheControl!.NoStore);
        Assert.DoesNotContain(HostedGateway.AdminKey, page.Body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("http://evil.example")]
    [InlineData("null")]
    [InlineData("http://127.0.0.1:1")]
    public async Task A_form_that_another_site_sends_is_refused(string origin)
    {
        Expect.Refused(await PostAsync(LogIn, HostedGateway.AdminKey, origin), 403);
        Expect.Refused(await PostAsync("/dashboard/logout", "", origin), 403);
        Assert.Equal(303, (await PostAsync(LogIn, HostedGateway.AdminKey, gateway.Address.OriginalString)).Status);
    }

    [Theory]
    [InlineData("")]
    [InlineData("x")]
    [InlineData(HostedGateway.AdminKey + "x")]
    [InlineData("AN-OPERATORS-SECRET-OF-THE-TESTS")]
    public async Task Another_key_gets_no_cookie(string key)
    {
        var answer = await PostAsync(LogIn, key);
        Assert.True(answer.Status is 400 or 401, $"{answer}");
        Assert.False(answer.Headers.Contains("Set-Cookie"));
    }

    /// <summary>The framework would put files on the disk, and read on as long as they come.</summary>
    [Fact]
    public async Task A_form_is_small_and_of_fields_alone()
    {
        using var file = new MultipartFormDataContent { { new ByteArrayContent(new byte[900_000]), "key", "file" } };
        Assert.Equal(415, (await _api.SendAsync(HttpMethod.Post, LogIn, content: file)).Status);
        Assert.Equal(415, (await _api.PostTextAsync(LogIn, "{}")).Status);
        Assert.Equal(413, (await PostAsync(LogIn, new string('k', 5_000))).Status);
        Assert.Equal(400, (await PostAsync(LogIn, new string('k', 2_000))).Status);
        Assert.Equal(400, (await FormAsync("nothing of ours")).Status);
        Assert.Equal(400, (await FormAsync("key=a&key=b")).Status);
        // Padded by what a form may hold beside.
        Assert.Equal(303, (await FormAsync($"a={new string('b', 3_000)}&key=%20{HostedGateway.AdminKey}+&c")).Status);

        async Task<Answer> FormAsync(string text)
        {
            using var form = new StringContent(text, Encoding.UTF8, "application/x-www-form-urlencoded");
            return await _api.SendAsync(HttpMethod.Post, LogIn, content: form);
        }
    }

    [Theory]
    [InlineData("utf-7")]
    [InlineData("\"UTF-7\"")]
    [InlineData("utf-16")]
    [InlineData("nonsense")]
    public async Task A_form_in_another_charset_than_browsers_send_is_refused(string charset)
    {
        using var form = new StringContent($"key={HostedGateway.AdminKey}", Encoding.ASCII);
        form.Headers.Remove("Content-Type");
        form.Headers.TryAddWithoutValidation("Content-Type", $"application/x-www-form-urlencoded; charset={charset}");
        Assert.Equal(400, (await _api.SendAsync(HttpMethod.Post, LogIn, content: form)).Status);
    }

    [Theory]
    [InlineData("")]
    [InlineData(":")]
    [InlineData(":80")]
    [InlineData("a:99999")]
    [InlineData("[::::]")]
    [InlineData("[1]")]
    [InlineData("..")]
    [InlineData("-")]
    public async Task A_host_that_is_none_is_no_fault_on_any_route(string host)
    {
        foreach (var origin in new[] { "", "Origin: http://a\r\n", "Origin: http://\r\n", "Origin: data:x\r\n" })
        {
            foreach (var path in new[] { LogIn, "/dashboard/logout" })
            {
                var status = await RawStatusAsync($"POST {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n{origin}Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 5\r\n\r\nkey=x");
                Assert.True(status is 400 or 401 or 403 or 303, $"{path} at '{host}': {status}");
            }
        }
        foreach (var path in new[] { "/", "/dashboard", "/dashboard/", "/docs", "/docs/", "/openapi.json", "/health/ready", "/metrics", "/api/users/a/coupons", "/nothing" })
        {
            var status = await RawStatusAsync($"GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nAccept: text/html\r\n\r\n");
            Assert.True(status < 500, $"{path} at '{host}': {status}");
        }
    }

    [Fact]
    public void A_cookie_is_read_under_its_key_only_and_only_as_it_was_written()
    {
        var text = "an operator"u8.ToArray();
        var sealedText = ProtectorOf(HostedGateway.AdminKey).Protect(text);

        Assert.Equal(text, ProtectorOf(HostedGateway.AdminKey).Unprotect(sealedText));
        Assert.NotEqual(sealedText, ProtectorOf(HostedGateway.AdminKey).Protect(text));
        Assert.ThrowsAny<CryptographicException>(() => ProtectorOf(HostedGateway.AdminKey + "x").Unprotect(sealedText));
        Assert.ThrowsAny<CryptographicException>(() => ProtectorOf("").Unprotect(sealedText));
        Assert.ThrowsAny<CryptographicException>(() => ProtectorOf(HostedGateway.AdminKey, "another purpose").Unprotect(sealedText));
        var same = ProtectorOf(HostedGateway.AdminKey);
        for (var i = 0; i < sealedText.Length; i++)
        {
            var changed = (byte[])sealedText.Clone();
            changed[i] ^= 1;
            Assert.ThrowsAny<CryptographicException>(() => same.Unprotect(changed));
            Assert.ThrowsAny<CryptographicException>(() => same.Unprotect(sealedText[..i]));
        }
    }

    private static IDataProtector ProtectorOf(string adminKey, string purpose = "cookies")
    {
        // Each is another gateway.
        var services = new ServiceCollection().AddLogging().AddSingleton(Options.Create(new AdminOptions { Key = adminKey }));
        services.AddOperatorKeys();
        return services.BuildServiceProvider().GetRequiredService<IDataProtectionProvider>().CreateProtector(purpose);
    }

    private static bool IsOfDashboard(string route) =>
        (route == "/dashboard" || route.StartsWith("/dashboard/", StringComparison.Ordinal)) && route is not (LogIn or "/dashboard/logout") && !route.Contains('{', StringComparison.Ordinal);

    private async Task<int> RawStatusAsync(string request) => RawRequest.Statuses(await RawRequest.AnswersAsync(gateway.Address, request))[0];

    private async Task<string> CookieAsync()
    {
        var answer = await PostAsync(LogIn, HostedGateway.AdminKey);
        Assert.Equal((303, "/dashboard/"), (answer.Status, answer.Headers.Location?.OriginalString));
        return answer.Headers.GetValues("Set-Cookie").Single().Split(';')[0];
    }

    private Task<Answer> AskAsync(string path, string cookie) => _api.SendAsync(HttpMethod.Get, path, adjust: request => request.Headers.Add("Cookie", cookie));

    private async Task<Answer> PostAsync(string path, string key, string? origin = null)
    {
        using var form = new FormUrlEncodedContent([new("key", key)]);
        return await _api.SendAsync(HttpMethod.Post, path, content: form, adjust: request =>
        {
            if (origin is not null)
                request.Headers.TryAddWithoutValidation("Origin", origin);
        });
    }
}
