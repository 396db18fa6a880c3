using System.Diagnostics;

namespace SecKill.Tests.Integration.Guarantees;

/// <summary>Limits on registrations and log-ins by client address. Other addresses are not affected, and other requests do not count.</summary>
[Collection(LimitedGateway.Name)]
public sealed class AccountLimitTests(LimitedGateway limited)
{
    [Fact]
    public async Task A_client_over_its_limit_is_told_when_to_come_again_and_is_let_in_then()
    {
        using var http = From("127.0.0.2");

        var refusal = await UsedUpAsync(http);
        var (told, clock) = (refusal.Headers.RetryAfter!.Delta!.Value, Stopwatch.StartNew());

        Assert.Equal(429, (await new ApiClient(Gateway, http).LogInAsync("somebody", "secret")).Status);
        // The first request that is sent after that time at the latest.
        var (_, status) = await Eventually.HoldsAsync(
            "it is let in", "400", async () => (Sent: clock.Elapsed, (await RegisterAsync(http)).Status), seen => seen.Status == 400 || seen.Sent > told, 2 * told);
        Assert.Equal(400, status);
        Assert.Equal(429, (await RegisterAsync(http)).Status);
    }

    [Fact]
    public async Task Another_client_is_let_in_meanwhile_and_nothing_but_registering_and_logging_in_is_limited()
    {
        using var http = From("127.0.0.3");
        await UsedUpAsync(http);

        using (var other = From("127.0.0.4"))
            Assert.Equal(400, (await RegisterAsync(other)).Status);
        var api = new ApiClient(Gateway, http);
        var tokens = new Tokens(limited.Deployment.SigningKey);
        var (seller, customer) = (Names.Fresh("seller"), Names.Fresh("customer"));
        var (sellers, customers) = (tokens.Mint(seller, Tokens.Seller), tokens.Mint(customer, Tokens.Customer));
        Expect.Created(await api.CreateAsync(sellers, seller, "c", 1));
        Expect.Claimed(await api.ClaimAsync(customers, seller, "c"));
        for (var i = 0; i < 2 * LimitedGateway.Burst; i++)
            Expect.NotClaimed(await api.ClaimAsync(customers, seller, "c"), "already-claimed");
        // The slow way past the quick routes too.
        Expect.NotClaimed(await api.SendAsync(HttpMethod.Patch, $"/API/users/{seller}/coupons/c", customers), "already-claimed");
        Expect.Listed(await api.ListAsync(customers, customer), "c");
        Expect.Is(await api.LogOutAsync(customers), 200, "log out.");

        // Some may be allowed again, where all this took seconds.
        Assert.InRange(await LetInAsync(400, async () => (await RegisterAsync(http)).Status), 0, (2 * LimitedGateway.Burst) - 1);
    }

    [Fact]
    public async Task Guesses_at_the_operators_key_count_as_log_ins()
    {
        using var http = From("127.0.0.12");
        var api = new ApiClient(Gateway, http);
        var letIn = await LetInAsync(401, async () =>
        {
            using var guess = new FormUrlEncodedContent([new("key", "a guess at the key")]);
            return (await api.SendAsync(HttpMethod.Post, "/dashboard/login", content: guess)).Status;
        });

        // Some may be allowed again, where this took seconds.
        Assert.InRange(letIn, LimitedGateway.Burst, (2 * LimitedGateway.Burst) - 1);
    }

    [Fact]
    public async Task Behind_a_trusted_proxy_clients_are_told_apart_by_what_it_says_and_not_by_what_they_say()
    {
        using var proxy = From(LimitedGateway.Proxy);
        await UsedUpAsync(proxy, "203.0.113.1");

        Assert.Equal(400, (await RegisterAsync(proxy, "203.0.113.2")).Status);
        // Entries before the client's own address are forged by the client.
        Assert.Equal(429, (await RegisterAsync(proxy, "203.0.113.77, 203.0.113.1")).Status);
        // Two chained proxies, both trusted.
        Assert.Equal(429, (await RegisterAsync(proxy, "203.0.113.1, 192.0.2.5")).Status);
        Assert.Equal(400, (await RegisterAsync(proxy, "203.0.113.3, 192.0.2.5")).Status);
        Assert.Equal(429, (await RegisterAsync(proxy, "::ffff:203.0.113.1")).Status);
    }

    [Fact]
    public async Task An_ipv6_client_has_one_limit_for_all_addresses_of_its_network()
    {
        using var proxy = From(LimitedGateway.Proxy);
        await UsedUpAsync(proxy, "2001:db8::1");

        Assert.Equal(429, (await RegisterAsync(proxy, "2001:db8::ffff:1")).Status);
        Assert.Equal(400, (await RegisterAsync(proxy, "2001:db8:0:1::1")).Status);
    }

    [Fact]
    public async Task A_client_that_makes_up_forwarded_addresses_is_not_believed()
    {
        using var http = From("127.0.0.5");
        await UsedUpAsync(http);

        foreach (var address in new[] { "203.0.113.4", LimitedGateway.Proxy, "127.0.0.1", "nonsense", "" })
            Assert.Equal(429, (await RegisterAsync(http, address)).Status);
    }

    private Uri Gateway => limited.Deployment.Gateways[0];

    private static HttpClient From(string address)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Elsewhere loopback has one address only.");
        return Loopback.From(address);
    }

    /// <summary>An invalid registration: counts against the limit, costs no password hash.</summary>
    private async Task<Answer> RegisterAsync(HttpClient http, string? forwardedFor = null)
    {
        using var content = new StringContent("{}");
        return await new ApiClient(Gateway, http).SendAsync(HttpMethod.Post, ApiClient.Users, content: content, adjust: request =>
        {
            if (forwardedFor is not null)
                request.Headers.TryAddWithoutValidation("X-Forwarded-For", forwardedFor);
        });
    }

    /// <summary>Asks until it is told that this is too often, or for long enough; and how often it was not.</summary>
    private static async Task<int> LetInAsync(int status, Func<Task<int>> askAsync)
    {
        var count = 0;
        while (count < 2 * LimitedGateway.Burst && await askAsync() is not 429 and var answered)
        {
            Assert.Equal(status, answered);
            count++;
        }
        return count;
    }

    /// <summary>Takes all that an address may have at once, and gives the first refusal.</summary>
    private async Task<Answer> UsedUpAsync(HttpClient http, string? forwardedFor = null)
    {
        for (var i = 0; i < LimitedGateway.Burst; i++)
            Expect.Is(await RegisterAsync(http, forwardedFor), 400, "User name too short.");
        var refusal = Expect.Refused(await RegisterAsync(http, forwardedFor), 429);
        Assert.InRange(refusal.Headers.RetryAfter?.Delta?.TotalSeconds ?? 0, 1, 3);
        return refusal;
    }
}
