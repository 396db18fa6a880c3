namespace SecKill.Tests.Integration.Guarantees;

/// <summary>A gateway with small limits and the operators' key. Each test takes another address, so that they do not meet.</summary>
public sealed class LimitedGateway : IAsyncLifetime
{
    public const string Name = "limited gateway";
    public const string AdminKey = "an-operators-secret-of-the-tests";
    public const int Burst = 20;
    public const int MaxConnections = 700;
    public const int CouponBurst = 10;
    /// <summary>Fewer than a large batch of redemptions costs.</summary>
    public const int ChangeBurst = 8;
    public const int WrongCodeBurst = 10;
    public const int WatchersPerAddress = 5;
    public const int SalesPerAddress = 3;

    /// <summary>Of the loopback network, as the clients.</summary>
    public const string Proxy = "127.0.0.9";

    public static readonly TimeSpan ReadTimeout = TimeSpan.FromSeconds(2);

    public EmbeddedDeployment Deployment { get; } = new(new Dictionary<string, string?>
    {
        ["Admin__Key"] = AdminKey,
        ["Limits__AccountBurst"] = $"{Burst}",
        // A rate so low that no token returns during a test.
        ["Limits__AccountsPerSecond"] = "0.5",
        ["Limits__CouponBurst"] = $"{CouponBurst}",
        ["Limits__CouponsPerSecond"] = "0.5",
        ["Limits__ChangeBurst"] = $"{ChangeBurst}",
        ["Limits__ChangesPerSecond"] = "0.5",
        ["Limits__WrongCodeBurst"] = $"{WrongCodeBurst}",
        ["Limits__WrongCodesPerSecond"] = "1",
        ["Live__WatchersPerAddress"] = $"{WatchersPerAddress}",
        ["Live__SalesPerAddress"] = $"{SalesPerAddress}",
        // The framework's own switch, under which it would believe any client.
        ["ASPNETCORE_FORWARDEDHEADERS_ENABLED"] = "true",
        ["Limits__TrustedProxies"] = $"{Proxy}, 192.0.2.0/24",
        ["Limits__ReadTimeout"] = $"{ReadTimeout}",
        ["Limits__MaxConnections"] = $"{MaxConnections}",
    });

    public async ValueTask InitializeAsync() => await Deployment.StartAsync();

    public ValueTask DisposeAsync() => Deployment.DisposeAsync();
}

[CollectionDefinition(LimitedGateway.Name)]
public sealed class LimitedGatewayTests : ICollectionFixture<LimitedGateway>;
