namespace SecKill.Tests.Integration.Contract;

/// <summary>Customers wait for a unit of a coupon that is sold out: units that come back are theirs, in the order of joining.</summary>
public abstract class Waiting(Func<Task<Deployment>> deploymentAsync) : ContractTests(deploymentAsync)
{
    private static readonly TimeSpan _soon = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task Those_in_line_get_what_comes_back_and_are_told_so_at_every_gateway()
    {
        var (seller, coupon, owner) = await SoldOutAsync(5);
        var (first, second) = (NewCustomer(), NewCustomer());
        foreach (var gateway in Gateways)
            Expect.NotClaimed(await gateway.ClaimAsync(first.Token, seller.Name, coupon), "sold-out");
        Assert.Equal((201, 1L, 1L), Place(await JoinAsync(first, seller, coupon)));
        Assert.Equal((201, 2L, 2L), Place(await JoinAsync(second, seller, coupon, Other)));
        // No lease of before outlives this.
        await Eventually.EqualAsync("every gateway knows that they wait", true, async () =>
        {
            foreach (var gateway in Gateways)
            {
                if (!IsWaiting(await gateway.ClaimAsync(second.Token, seller.Name, coupon), 2))
                    return false;
            }
            return true;
        }, _soon);
        foreach (var gateway in Gateways.Concat(Gateways))
        {
            Assert.True(IsWaiting(await gateway.ClaimAsync(first.Token, seller.Name, coupon), 1));
            Assert.Equal((200, 2L, 2L), Place(await JoinAsync(second, seller, coupon, gateway)));
            Assert.Equal((200, 1L, 2L), Place(await AskAsync(first, seller, coupon, gateway)));
            Expect.NotClaimed(await gateway.ClaimAsync(NewCustomer().Token, seller.Name, coupon), "sold-out");
        }

        Check.Equal(200, (await Api.SendAsync(HttpMethod.Delete, $"{ApiClient.CouponOf(seller.Name, coupon)}/claims/{Uri.EscapeDataString(owner.Name)}", owner.Token)).Status, "return");

        await Eventually.EqualAsync("the first is served", 0L, async () =>
        {
            Expect.NotClaimed(await ClaimAsync(NewCustomer(), seller, coupon), "sold-out");
            return Place(await AskAsync(first, seller, coupon)).Position;
        }, _soon);
        foreach (var gateway in Gateways.Concat(Gateways))
        {
            Expect.NotClaimed(await gateway.ClaimAsync(first.Token, seller.Name, coupon), "already-claimed");
            Expect.Listed(await gateway.ListAsync(first.Token, first.Name), coupon);
            Expect.Listed(await gateway.ListAsync(second.Token, second.Name));
            Expect.NotClaimed(await gateway.ClaimAsync(owner.Token, seller.Name, coupon), "returned");
            Refused(await JoinAsync(first, seller, coupon, gateway), "already-claimed", "You have one already.");
            Refused(await JoinAsync(owner, seller, coupon, gateway), "returned", "You have returned one, and cannot have another.");
            Refused(await LeaveAsync(first, seller, coupon, gateway), "already-claimed", "You have one already.");
            Assert.True(IsWaiting(await gateway.ClaimAsync(second.Token, seller.Name, coupon), 1));
        }
    }

    [Fact]
    public async Task The_list_takes_as_many_as_it_may_and_who_leaves_makes_room()
    {
        var (seller, coupon, _) = await SoldOutAsync(2);
        var (first, second, third) = (NewCustomer(), NewCustomer(), NewCustomer());
        Assert.Equal(201, (await JoinAsync(first, seller, coupon)).Status);
        Assert.Equal(201, (await JoinAsync(second, seller, coupon)).Status);
        Refused(await JoinAsync(third, seller, coupon), "full", "As many wait as may.");
        // Who waits never hears it.
        Assert.Equal((200, 1L, 2L), Place(await JoinAsync(first, seller, coupon)));

        Expect.Is(await LeaveAsync(first, seller, coupon), 200, "");
        Expect.Is(await LeaveAsync(first, seller, coupon), 200, "");

        Expect.Is(await AskAsync(first, seller, coupon), 404, "Not waiting.");
        // Once the last lease to refuse has ended.
        await Eventually.EqualAsync("the place is given", 201, async () => (await JoinAsync(third, seller, coupon)).Status, _soon);
        Assert.Equal((200, 2L, 2L), Place(await JoinAsync(third, seller, coupon)));
        Assert.Equal((200, 1L, 2L), Place(await AskAsync(second, seller, coupon)));
    }

    [Fact]
    public async Task Who_cannot_wait_is_told_why()
    {
        var (seller, customer) = (await NewSellerAsync(), NewCustomer());
        var plain = await NewCouponAsync(seller, 1);
        Refused(await JoinAsync(customer, seller, plain), "no-waitlist", "This coupon has no waiting list.");
        Refused(await AskAsync(customer, seller, plain), "no-waitlist", "This coupon has no waiting list.");
        Refused(await LeaveAsync(customer, seller, plain), "no-waitlist", "This coupon has no waiting list.");
        var open = await NewAsync(seller, new { name = Names.Fresh("coupon"), amount = 1, stock = 1, waitlist = 3 });
        Refused(await JoinAsync(customer, seller, open), "not-sold-out", "The coupon is not sold out.");
        Expect.Claimed(await ClaimAsync(NewCustomer(), seller, open));
        Check.Equal(
            200, (await Api.SendAsync(HttpMethod.Put, $"{ApiClient.CouponOf(seller.Name, open)}/window", seller.Token, new StringContent("""{"endsAt":"now"}""", Encoding.UTF8, "application/json"))).Status, "end");
        Refused(await JoinAsync(customer, seller, open), "ended", "The sale has ended.");

        Expect.Is(await JoinAsync(customer, seller, Names.Fresh("coupon")), 404, "No such coupon.");
        Expect.Is(await SendAsync(HttpMethod.Put, customer.Token, seller, open, NewCustomer().Name), 403, "Customers wait for themselves only.");
        Expect.Is(await SendAsync(HttpMethod.Put, seller.Token, seller, open, seller.Name), 403, "Customers wait for themselves only.");
        Expect.Refused(await SendAsync(HttpMethod.Put, null, seller, open, customer.Name), 401);
    }

    [Fact]
    public async Task A_raise_serves_the_line_and_a_pause_does_not()
    {
        var (seller, coupon, _) = await SoldOutAsync(5);
        var customers = Enumerable.Range(0, 3).Select(_ => NewCustomer()).ToArray();
        foreach (var customer in customers)
            Assert.Equal(201, (await JoinAsync(customer, seller, coupon)).Status);
        await ChangeAsync(HttpMethod.Post, seller, coupon, "pause", "{}");
        await ChangeAsync(HttpMethod.Put, seller, coupon, "amount", """{"amount":3}""");
        Expect.NotClaimed(await ClaimAsync(customers[0], seller, coupon), "paused");
        Assert.Equal((200, 1L, 3L), Place(await AskAsync(customers[0], seller, coupon)));

        await ChangeAsync(HttpMethod.Post, seller, coupon, "resume", "{}");

        await Eventually.EqualAsync("two are served", 0L, async () => Place(await AskAsync(customers[1], seller, coupon)).Position, _soon);
        Assert.Equal((200, 0L, 1L), Place(await AskAsync(customers[0], seller, coupon)));
        Assert.Equal((200, 1L, 1L), Place(await AskAsync(customers[2], seller, coupon)));
    }

    /// <summary>A coupon of one unit, which is owned.</summary>
    private async Task<(Account Seller, string Coupon, Account Owner)> SoldOutAsync(int waitlist)
    {
        var (seller, owner) = (await NewSellerAsync(), NewCustomer());
        var coupon = await NewAsync(seller, new { name = Names.Fresh("coupon"), amount = 1, stock = 1, returns = "once", waitlist });
        Expect.Claimed(await ClaimAsync(owner, seller, coupon));
        return (seller, coupon, owner);
    }

    private async Task<string> NewAsync(Account seller, object body)
    {
        Expect.Created(await Api.PostAsync(ApiClient.CouponsOf(seller.Name), body, seller.Token));
        return JsonSerializer.SerializeToElement(body).GetProperty("name").GetString()!;
    }

    private Task<Answer> JoinAsync(Account customer, Account seller, string coupon, ApiClient? gateway = null) => SendAsync(HttpMethod.Put, customer.Token, seller, coupon, customer.Name, gateway);

    private Task<Answer> AskAsync(Account customer, Account seller, string coupon, ApiClient? gateway = null) => SendAsync(HttpMethod.Get, customer.Token, seller, coupon, customer.Name, gateway);

    private Task<Answer> LeaveAsync(Account customer, Account seller, string coupon, ApiClient? gateway = null) => SendAsync(HttpMethod.Delete, customer.Token, seller, coupon, customer.Name, gateway);

    private Task<Answer> SendAsync(HttpMethod method, string? token, Account seller, string coupon, string of, ApiClient? gateway = null) =>
        (gateway ?? Api).SendAsync(method, $"{ApiClient.CouponOf(seller.Name, coupon)}/waiting/{Uri.EscapeDataString(of)}", token);

    private async Task ChangeAsync(HttpMethod method, Account seller, string coupon, string route, string body) => Check.Equal(
        200, (await Api.SendAsync(method, $"{ApiClient.CouponOf(seller.Name, coupon)}/{route}", seller.Token, new StringContent(body, Encoding.UTF8, "application/json"))).Status, route);

    private static (int Status, long Position, long Of) Place(Answer answer)
    {
        Check.That(answer.Status is 200 or 201, $"expected a place: {answer}");
        var data = answer.Json!.Value.GetProperty("data");
        return (answer.Status, data.GetProperty("position").GetInt64(), data.GetProperty("of").GetInt64());
    }

    private static bool IsWaiting(Answer answer, long place) =>
        answer.Status == 204 && answer.Headers.TryGetValues("Claim-Result", out var words) && words.Single() == "waiting"
        && answer.Headers.TryGetValues("Waiting-Position", out var places) && places.Single() == place.ToString(CultureInfo.InvariantCulture);

    private static void Refused(Answer answer, string word, string errMsg)
    {
        Expect.Is(answer, 409, errMsg);
        Check.That(answer.Headers.TryGetValues("Waiting-Result", out var words) && words.Single() == word, $"expected {word}: {answer}");
    }
}

public sealed class WaitingEmbedded(SharedDeployments shared) : Waiting(shared.EmbeddedAsync);

public sealed class WaitingCluster(SharedDeployments shared) : Waiting(shared.ClusterAsync);
