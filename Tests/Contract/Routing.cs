using SecKill.Tests.Api;
using SecKill.Tests.Deployments;
using Xunit;

namespace SecKill.Tests.Contract;

public abstract class Routing(Func<Task<Deployment>> deploymentAsync) : ContractTests(deploymentAsync)
{
    [Theory]
    [InlineData("GET", "/api")]
    [InlineData("GET", "/api/nothing")]
    [InlineData("POST", "/api/user")]
    [InlineData("GET", "/api/users/somebody/coupons/c/more")]
    [InlineData("PATCH", "/api/users/somebody/coupon/c")]
    [InlineData("POST", "/api/auth/login")]
    public async Task A_route_that_is_not_there_is_404(string method, string path) => await IsAsync(404, method, path);

    [Theory]
    [InlineData("GET", "/api/users")]
    [InlineData("DELETE", "/api/users")]
    [InlineData("GET", "/api/auth")]
    [InlineData("PUT", "/api/auth/")]
    [InlineData("GET", "/api/auth/logout")]
    [InlineData("DELETE", "/api/users/somebody/coupons")]
    [InlineData("PATCH", "/api/users/somebody/coupons/")]
    [InlineData("GET", "/api/users/somebody/coupons/c")]
    [InlineData("POST", "/api/users/somebody/coupons/c")]
    [InlineData("DELETE", "/api/users/somebody/coupons/c")]
    [InlineData("HEAD", "/api/users/somebody/coupons")]
    [InlineData("OPTIONS", "/api/users/somebody/coupons/c")]
    public async Task A_method_that_a_route_does_not_have_is_405(string method, string path) => await IsAsync(405, method, path);

    [Theory]
    [InlineData("%00")]
    [InlineData("%FF")]
    [InlineData("%ZZ")]
    [InlineData("%")]
    [InlineData("%C0%AF")]
    [InlineData("%ED%A0%80")]
    [InlineData("%F0%9F")]
    [InlineData("..%2F..%2F..%2Fetc%2Fpasswd")]
    [InlineData("..%5C..")]
    [InlineData("a%0D%0AClaim-Result:%20claimed")]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData("//")]
    public async Task A_hostile_name_in_a_path_finds_nothing_and_harms_nobody(string segment) => await HarmlessAsync(segment);

    /// <summary>The server routes by the path without them, so which coupon is meant could not be told.</summary>
    [Theory]
    [InlineData("{0}/coupons/x/../y")]
    [InlineData("{0}/coupons/./y")]
    [InlineData("{0}/coupons/%2e/y")]
    [InlineData("{0}/coupons/x/%2E%2e/y")]
    [InlineData("{0}/../{0}/coupons/y")]
    [InlineData("./{0}/coupons/y")]
    [InlineData("{0}/coupons/y#/../x")]
    public async Task A_path_with_dot_segments_claims_nothing(string path)
    {
        var (seller, customer) = (await NewSellerAsync(), NewCustomer());
        await NewCouponAsync(seller, 1, "x");
        await NewCouponAsync(seller, 1, "y");

        Expect.Refused(await Api.SendAsync(HttpMethod.Patch, $"{ApiClient.Users}/{path.Replace("{0}", seller.Name, StringComparison.Ordinal)}", customer.Token), 400);

        Expect.Empty(await Other.ListAsync(customer.Token, customer.Name));
        Assert.Equal((1, 1), (await LeftAsync(seller, "x"), await LeftAsync(seller, "y")));
    }

    [Theory]
    [InlineData("PATCH http://somewhere/api%2Fusers%2Fx%2Fcoupons%2Fy")]
    [InlineData("GET /api/users/bob#/coupons")]
    [InlineData("GET /api/users/bob?/coupons")]
    public async Task A_path_that_only_looks_like_a_route_is_refused(string request) =>
        Assert.InRange(await RawRequest.StatusAsync(Deployment.Gateways[0], request, NewCustomer().Token), 400, 499);

    [Theory]
    [InlineData("/api/users/{0}/coupons/%e4%bc%98%E6%83%A0")]
    [InlineData("/api/users/{0}/%63oupons/%E4%BC%98%E6%83%A0")]
    [InlineData("/API/Users/{0}/Coupons/%E4%BC%98%E6%83%A0")]
    [InlineData("http://somewhere/api/users/{0}/coupons/%E4%BC%98%E6%83%A0", true)]
    public async Task One_path_may_be_spelt_in_several_ways(string path, bool isAbsolute = false)
    {
        var seller = await NewSellerAsync();
        await NewCouponAsync(seller, 1, "优惠");
        path = path.Replace("{0}", string.Concat(seller.Name.Select(letter => $"%{(int)letter:x2}")), StringComparison.Ordinal);

        var answer = isAbsolute
            ? await RawRequest.StatusAsync(Deployment.Gateways[0], $"PATCH {path}", NewCustomer().Token)
            : (await Api.SendAsync(HttpMethod.Patch, path, NewCustomer().Token)).Status;

        Assert.Equal(201, answer);
    }

    [Theory]
    [InlineData(21)]
    [InlineData(1_000)]
    [InlineData(7_000)]
    public async Task An_overlong_name_in_a_path_finds_nothing_and_harms_nobody(int length) => await HarmlessAsync(new string('a', length));

    private async Task HarmlessAsync(string segment)
    {
        var customer = NewCustomer();
        var seller = Tokens.Mint(Names.Fresh("hostile"), Tokens.Seller);
        Answer[] answers =
        [
            await Api.SendAsync(HttpMethod.Get, $"{ApiClient.Users}/{segment}/coupons", customer.Token),
            await Api.SendAsync(HttpMethod.Patch, $"{ApiClient.Users}/{segment}/coupons/c", customer.Token),
            await Api.SendAsync(HttpMethod.Patch, $"{ApiClient.Users}/somebody/coupons/{segment}", customer.Token),
            await Api.PostAsync($"{ApiClient.Users}/{segment}/coupons", new { name = "c", amount = 1, stock = 1 }, seller),
        ];
        foreach (var answer in answers)
        {
            Assert.True(answer.Status == 204 || answer.Status is >= 400 and < 500, $"{answer}");
            Assert.NotEqual("claimed", answer.ClaimResult);
        }
        Expect.Empty(await Api.ListAsync(customer.Token, customer.Name));
    }

    private async Task IsAsync(int status, string method, string path)
    {
        foreach (var token in new[] { null, NewCustomer().Token })
        {
            var answer = await Api.SendAsync(new HttpMethod(method), path, token);
            Assert.True(answer.Status == status, $"expected {status}: {answer}");
            // "Every JSON answer carries errMsg"; a body is not asked for.
            if (answer.Body.Length > 0)
                Expect.Refused(answer, status);
        }
    }
}

public sealed class RoutingEmbedded(SharedDeployments shared) : Routing(shared.EmbeddedAsync);

public sealed class RoutingCluster(SharedDeployments shared) : Routing(shared.ClusterAsync);
