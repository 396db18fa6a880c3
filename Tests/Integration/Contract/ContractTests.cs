namespace SecKill.Tests.Integration.Contract;

/// <summary>
/// The base of all contract tests. Each group is abstract and derived for the embedded mode and for the cluster, so that both meet the same
/// contract.
/// </summary>
public abstract class ContractTests(Func<Task<Deployment>> deploymentAsync) : IAsyncLifetime
{
    protected const string Password = "correct horse";

    protected Deployment Deployment { get; private set; } = null!;

    protected IReadOnlyList<ApiClient> Gateways { get; private set; } = [];

    /// <summary>The gateway that tests write to.</summary>
    protected ApiClient Api => Gateways[0];

    /// <summary>The gateway that tests read from: in the cluster another one, as all must know what one has answered.</summary>
    protected ApiClient Other => Gateways[^1];

    protected Tokens Tokens { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Deployment = await deploymentAsync();
        Gateways = [.. Deployment.Gateways.Select(gateway => new ApiClient(gateway))];
        Tokens = new Tokens(Deployment.SigningKey);
    }

    public ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }

    /// <summary>A registered seller; the token is minted, which spares the cost of a log-in.</summary>
    protected async Task<Account> NewSellerAsync(string? name = null)
    {
        name ??= Names.Fresh("seller");
        Expect.Created(await Api.RegisterAsync(name, Password, Tokens.Seller));
        return new Account(name, Tokens.Mint(name, Tokens.Seller));
    }

    /// <summary>A customer with only a token: claiming and listing one's own coupons needs no account.</summary>
    protected Account NewCustomer(string? name = null)
    {
        name ??= Names.Fresh("customer");
        return new Account(name, Tokens.Mint(name, Tokens.Customer));
    }

    protected async Task<Account> NewRegisteredCustomerAsync()
    {
        var name = Names.Fresh("customer");
        Expect.Created(await Api.RegisterAsync(name, Password, Tokens.Customer));
        return NewCustomer(name);
    }

    protected async Task<string> NewCouponAsync(Account seller, int amount, string? name = null)
    {
        name ??= Names.Fresh("coupon");
        Expect.Created(await Api.CreateAsync(seller.Token, seller.Name, name, amount));
        return name;
    }

    protected Task<Answer> ClaimAsync(Account customer, Account seller, string coupon) =>
        Api.ClaimAsync(customer.Token, seller.Name, coupon);

    protected async Task<int?> LeftAsync(Account seller, string coupon)
    {
        var answer = await Other.ListAsync(seller.Token, seller.Name);
        return Assert.Single(answer.Coupons, row => row.Name == coupon).Left;
    }
}

public sealed record Account(string Name, string Token);
