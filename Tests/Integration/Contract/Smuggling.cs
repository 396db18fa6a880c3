namespace SecKill.Tests.Integration.Contract;

/// <summary>
/// A proxy and the gateway must see the same requests. Where two could differ on where one ends, because of how its length is told or
/// a line is ended, there is no second request on that connection, and above all no claim.
/// </summary>
public abstract class Smuggling(Func<Task<Deployment>> deploymentAsync) : ContractTests(deploymentAsync)
{
    /// <summary>{0} is the hidden request, {1} its length, {2} its length and 5, {3} its length in hexadecimal.</summary>
    private static readonly Dictionary<string, string> _ways = new()
    {
        ["both lengths, the chunks end first"] = "Content-Length: {2}\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{0}",
        ["both lengths, the other way round"] = "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n{3}\r\n{0}\r\n0\r\n\r\n",
        ["two lengths"] = "Content-Length: 0\r\nContent-Length: {1}\r\n\r\n{0}",
        ["one length twice"] = "Content-Length: 0\r\nContent-Length: 0\r\n\r\n{0}",
        ["a list of lengths"] = "Content-Length: 0, {1}\r\n\r\n{0}",
        ["a length below zero"] = "Content-Length: -1\r\n\r\n{0}",
        ["a length that is no number"] = "Content-Length: 0x0\r\n\r\n{0}",
        ["a folded header"] = "X-A: b\r\n Content-Length: {1}\r\n\r\n{0}",
        ["a space before the colon"] = "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n{0}",
        ["an unknown coding"] = "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n{0}",
        ["chunked is not the last coding"] = "Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n{0}",
        ["a chunk's extension that ends in LF"] = "Transfer-Encoding: chunked\r\n\r\n2;\nxx\r\n{3}\r\n{0}\r\n0\r\n\r\n",
        ["a chunk's size below zero"] = "Transfer-Encoding: chunked\r\n\r\n-1\r\n\r\n{0}",
        ["a chunk's size beyond all numbers"] = "Transfer-Encoding: chunked\r\n\r\nffffffffffffffff1\r\n\r\n{0}",
        ["lines that end in LF"] = "Content-Length: 0\n\n{0}",
        ["a header after an LF"] = "X-A: b\nContent-Length: 0\r\n\r\n{0}",
        ["a header after a CR"] = "X-A: b\rContent-Length: 0\r\n\r\n{0}",
        ["a NUL in a header"] = "X-A: b\0c\r\nContent-Length: 0\r\n\r\n{0}",
    };

    public static TheoryData<string> Ways => [.. _ways.Keys];

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task A_request_whose_end_is_in_doubt_hides_no_second_one(string way)
    {
        var (seller, customer) = (NewSeller(), NewCustomer());
        await NewCouponAsync(seller, 1, "c");
        var hidden = $"PATCH {ApiClient.CouponOf(seller.Name, "c")} HTTP/1.1\r\nHost: somewhere\r\nAuthorization: {customer.Token}\r\n\r\n";

        // A route that reads its body, and one that does not.
        foreach (var route in new[] { ApiClient.Auth, ApiClient.AuthLogout })
        {
            var rest = string.Format(null, _ways[way], hidden, hidden.Length, hidden.Length + 5, $"{hidden.Length:x}");
            var answers = await RawRequest.AnswersAsync(Deployment.Gateways[0], $"POST {route} HTTP/1.1\r\nHost: somewhere\r\n{rest}");
            var statuses = RawRequest.Statuses(answers);
            Assert.True(statuses is [200 or (>= 400 and < 500)], answers);
        }
        Expect.Empty(await Other.ListAsync(customer.Token, customer.Name));
        Assert.Equal(1, await LeftAsync(seller, "c"));
    }

    [Fact]
    public async Task Of_two_tokens_in_one_request_neither_counts()
    {
        var (seller, first, second) = (NewSeller(), NewCustomer(), NewCustomer());
        await NewCouponAsync(seller, 1, "c");

        foreach (var (one, two) in new[] { (first.Token, second.Token), (first.Token, first.Token), (first.Token, ""), ("nonsense", first.Token) })
        {
            var status = await RawRequest.StatusAsync(
                Deployment.Gateways[0], $"PATCH {ApiClient.CouponOf(seller.Name, "c")}", $"{one}\r\nAuthorization: {two}");
            Assert.Equal(401, status);
        }
        Assert.Equal(1, await LeftAsync(seller, "c"));
    }

    /// <summary>A seller with only a token: creating coupons and listing one's own needs no account.</summary>
    private Account NewSeller()
    {
        var name = Names.Fresh("seller");
        return new Account(name, Tokens.Mint(name, Tokens.Seller));
    }
}

public sealed class SmugglingEmbedded(SharedDeployments shared) : Smuggling(shared.EmbeddedAsync);

public sealed class SmugglingCluster(SharedDeployments shared) : Smuggling(shared.ClusterAsync);
