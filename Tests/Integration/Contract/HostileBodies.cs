using System.Net.Http.Headers;

namespace SecKill.Tests.Integration.Contract;

public abstract class HostileBodies(Func<Task<Deployment>> deploymentAsync) : ContractTests(deploymentAsync)
{
    [Theory]
    [MemberData(nameof(BrokenBodies.Ways), MemberType = typeof(BrokenBodies))]
    public async Task A_broken_body_is_refused_on_every_route_and_harms_nobody(string way)
    {
        foreach (var route in Routes())
            Expect.Refused(await Api.PostBytesAsync(route.Path, BrokenBodies.Break(way, route.Body), route.Token), 400, 413);
        await StillAnswersAsync();
    }

    [Theory]
    [MemberData(nameof(BrokenBodies.Ways), MemberType = typeof(BrokenBodies))]
    public async Task A_broken_body_of_unknown_length_is_refused_too(string way)
    {
        foreach (var route in Routes())
            Expect.Refused(await SendChunkedAsync(route, BrokenBodies.Break(way, route.Body)), 400, 413);
        await StillAnswersAsync();
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"username":null,"password":null,"kind":null,"name":null,"amount":null,"stock":null}""")]
    public async Task A_body_without_values_is_refused(string body)
    {
        foreach (var route in Routes())
        {
            // A log-in without a name may also count as an unknown user.
            int[] statuses = route.Path == ApiClient.Auth ? [400, 401] : [400];
            Expect.Refused(await Api.PostTextAsync(route.Path, body, route.Token), statuses);
        }
    }

    [Fact]
    public async Task A_good_body_of_unknown_length_is_accepted()
    {
        var seller = await NewSellerAsync();
        var route = new Route(ApiClient.CouponsOf(seller.Name), """{"name":"c","amount":1,"stock":1}""", seller.Token);
        Expect.Created(await SendChunkedAsync(route, Encoding.UTF8.GetBytes(route.Body)));
    }

    [Fact]
    public async Task A_body_of_10_megabytes_is_refused()
    {
        foreach (var route in Routes())
        {
            using var content = Json(Encoding.UTF8.GetBytes(route.Body.Replace(BrokenBodies.Mark, new string('a', 10_000_000), StringComparison.Ordinal)));
            // As a careful client: the server may refuse by the length alone, and need not read it all.
            var answer = await Api.SendAsync(HttpMethod.Post, route.Path, route.Token, content, request => request.Headers.ExpectContinue = true);
            Expect.Refused(answer, 400, 413);
        }
        await StillAnswersAsync();
    }

    [Fact]
    public async Task Refusals_at_once_and_by_hundreds_harm_nobody()
    {
        var ways = BrokenBodies.Ways.Select(way => way.Data).ToArray();
        await Parallel.ForEachAsync(Enumerable.Range(0, 400), async (i, _) =>
        {
            var route = Routes()[i % 3];
            Expect.Refused(await Gateways[i % Gateways.Count].PostBytesAsync(route.Path, BrokenBodies.Break(ways[i % ways.Length], route.Body), route.Token), 400, 413);
        });
        await StillAnswersAsync();
    }

    [Theory]
    [InlineData(null)]
    [InlineData("text/plain")]
    [InlineData("application/x-www-form-urlencoded")]
    [InlineData("nonsense")]
    public async Task Json_is_taken_under_any_content_type_as_curl_sends_it(string? contentType)
    {
        using var content = new ByteArrayContent(Encoding.UTF8.GetBytes($$"""{"username":"{{Names.Fresh("type")}}","password":"p","kind":"customer"}"""));
        if (contentType is not null)
            content.Headers.TryAddWithoutValidation("Content-Type", contentType);
        Expect.Created(await Api.SendAsync(HttpMethod.Post, ApiClient.Users, content: content));
    }

    [Theory]
    [MemberData(nameof(BrokenBodies.Ways), MemberType = typeof(BrokenBodies))]
    public async Task Logging_out_reads_no_body(string way)
    {
        var body = BrokenBodies.Break(way, Routes()[0].Body);
        Expect.Is(await Api.PostBytesAsync(ApiClient.AuthLogout, body), 200, "log out.");
    }

    private Route[] Routes()
    {
        var seller = Names.Fresh("hostile");
        return
        [
            new(ApiClient.Users, """{"username":"MARK","password":"p","kind":"customer"}""", null),
            new(ApiClient.Auth, """{"username":"MARK","password":"p"}""", null),
            new(ApiClient.CouponsOf(seller), """{"name":"MARK","amount":1,"stock":1}""", Tokens.Mint(seller, Tokens.Seller)),
        ];
    }

    private Task<Answer> SendChunkedAsync(Route route, byte[] body)
    {
        var content = Json(body);
        return Api.SendAsync(HttpMethod.Post, route.Path, route.Token, content, request => request.Headers.TransferEncodingChunked = true);
    }

    private static ByteArrayContent Json(byte[] body)
    {
        var content = new ByteArrayContent(body);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        return content;
    }

    private async Task StillAnswersAsync()
    {
        var customer = NewCustomer();
        foreach (var gateway in Gateways)
            Expect.Empty(await gateway.ListAsync(customer.Token, customer.Name));
    }

    private sealed record Route(string Path, string Body, string? Token);
}

public sealed class HostileBodiesEmbedded(SharedDeployments shared) : HostileBodies(shared.EmbeddedAsync);

public sealed class HostileBodiesCluster(SharedDeployments shared) : HostileBodies(shared.ClusterAsync);
