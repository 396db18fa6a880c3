using SecKill.Tests.Integration.Contract;

namespace SecKill.Tests.Integration.Guarantees;

/// <summary>The workload that first exercised the API, with real users, over every gateway at once.</summary>
public abstract class Workload(Func<Task<Deployment>> deploymentAsync) : ContractTests(deploymentAsync)
{
    private const int Pieces = 20;
    private static readonly TimeSpan _drained = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan _timeout = TimeSpan.FromSeconds(60);

    // A registration costs the server a strong hash: more at once than it has cores only lengthens its queue.
    private static readonly ParallelOptions _fewAtOnce = new() { MaxDegreeOfParallelism = 4 };

    [Fact]
    public async Task Of_200_customers_who_try_all_50_coupons_exactly_1000_claims_win_and_everybody_sees_the_truth()
    {
        var sellers = await LoggedInAsync(5, Tokens.Seller);
        var coupons = await CreatedAsync(sellers);
        var customers = await LoggedInAsync(200, Tokens.Customer);

        var journeys = await Task.WhenAll(customers.Select((customer, i) => JourneyAsync(customer, coupons, seed: i)));

        var wins = journeys.SelectMany(journey => journey).ToHashSet();
        Assert.Equal(1_000, journeys.Sum(journey => journey.Count));
        Assert.Equal(1_000, wins.Count);
        Assert.All(wins.CountBy(win => (win.Seller, win.Coupon)), count => Assert.Equal(Pieces, count.Value));
        await Eventually.EqualAsync("the ledger holds exactly the claims that were won", (0, 0), () => LedgerDifferenceAsync(sellers, wins), _drained);

        foreach (var seller in sellers)
        {
            var listed = (await Other.ListAsync(seller.Token, seller.Name)).Coupons;
            Assert.Equal(10, listed.Count);
            Assert.All(listed, coupon => Assert.Equal((Pieces, 0), (coupon.Amount, coupon.Left)));
        }
        foreach (var (seller, coupon) in coupons)
            await Eventually.EqualAsync($"{coupon} has nothing left in the ledger", 0, () => Deployment.LedgerLeftAsync(seller, coupon), _drained);
    }

    /// <summary>List own, claim, list own; gives what it won, which the list must show in the order of winning.</summary>
    private async Task<List<(string Seller, string Coupon, string Username)>> JourneyAsync(
        Account customer, IReadOnlyList<(string Seller, string Coupon)> coupons, int seed)
    {
        var order = coupons.ToArray();
        new Random(seed).Shuffle(order);
        Expect.Empty(await Gateway(seed).ListAsync(customer.Token, customer.Name));

        var won = new List<(string Seller, string Coupon, string Username)>();
        foreach (var (i, (seller, coupon)) in order.Index())
        {
            var answer = await Gateway(seed + i).ClaimAsync(customer.Token, seller, coupon);
            var wasUnknown = answer.Status == 503;
            if (wasUnknown)
            {
                answer = await Eventually.HoldsAsync(
                    "the claim is decided", "no 503", () => Gateway(seed + i).ClaimAsync(customer.Token, seller, coupon), seen => seen.Status is not 503, _timeout);
            }
            if (answer.Status == 204 && !(wasUnknown && answer.ClaimResult == "already-claimed"))
            {
                Expect.NotClaimed(answer, "sold-out");
                continue;
            }
            if (answer.Status != 204)
                Expect.Claimed(answer);
            won.Add((seller, coupon, customer.Name));
        }

        var names = won.Select(win => win.Coupon).ToArray();
        for (var page = 1; page <= 3; page++)
            Expect.Listed(await Gateway(seed + page).ListAsync(customer.Token, customer.Name, page), [.. names.Skip((page - 1) * 20).Take(20)]);
        return won;
    }

    private async Task<IReadOnlyList<Account>> LoggedInAsync(int count, string kind)
    {
        var accounts = new Account[count];
        await Parallel.ForAsync(0, count, _fewAtOnce, async (i, _) =>
        {
            var name = Names.Fresh(kind);
            var registered = await Gateway(i).RegisterAsync(name, Password, kind);
            if (registered.Status == 503)
            {
                // On a machine that has no time for hashes: asked again, it may find that it had been registered.
                registered = await Eventually.HoldsAsync(
                    "the registration is decided", "no 503", () => Gateway(i).RegisterAsync(name, Password, kind), seen => seen.Status is not 503, _timeout);
                Assert.True(registered.Status is 201 or 400, $"{registered}");
            }
            else
            {
                Expect.Created(registered);
            }
            var login = await Eventually.HoldsAsync(
                "the log-in is answered", "no 503", () => Gateway(i + 1).LogInAsync(name, Password), seen => seen.Status is not 503, _timeout);
            Assert.True(login.Status == 200, $"{login}");
            accounts[i] = new Account(name, login.Token!);
        });
        return accounts;
    }

    private async Task<IReadOnlyList<(string Seller, string Coupon)>> CreatedAsync(IReadOnlyList<Account> sellers)
    {
        var coupons = new List<(string Seller, string Coupon)>();
        foreach (var seller in sellers)
        {
            for (var i = 0; i < 10; i++)
                coupons.Add((seller.Name, await NewCouponAsync(seller, Pieces)));
        }
        return coupons;
    }

    private async Task<(int Missing, int Invented)> LedgerDifferenceAsync(
        IReadOnlyList<Account> sellers, HashSet<(string Seller, string Coupon, string Username)> wins)
    {
        var ours = sellers.Select(seller => seller.Name).ToHashSet();
        var ledger = (await Deployment.LedgerClaimsAsync()).Where(row => ours.Contains(row.Seller)).ToList();
        return (wins.Except(ledger).Count(), ledger.Count - wins.Intersect(ledger).Count());
    }

    private ApiClient Gateway(int i) => Gateways[i % Gateways.Count];
}

[Collection(Alone.Name)]
public sealed class WorkloadEmbedded(SharedDeployments shared) : Workload(shared.EmbeddedAsync);

[Collection(Alone.Name)]
public sealed class WorkloadCluster(SharedDeployments shared) : Workload(shared.ClusterAsync);
