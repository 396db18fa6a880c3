using SecKill.Bench;
using SecKill.Bench.Tokens;
using SecKill.Tests.LocalServers.Deployments;

namespace SecKill.Research.Compare.Contenders;

/// <summary>The product in one of its deployments.</summary>
internal sealed class Product(string deploymentName, Deployment deployment, TokenTerms terms) : Contender
{
    /// <summary>The ways in which it can be run, as given on the command line.</summary>
    public static IReadOnlyList<string> Ways { get; } = ["two", "embedded", "cohosted"];

    /// <summary>The product, run in one of <see cref="Ways"/>; it does not run yet.</summary>
    public static Product Of(string way, ProductPrograms programs, TokenTerms terms)
    {
        var settings = SettingsFor(terms);
        return new Product(way, way switch
        {
            "two" => new ClusterDeployment(silos: 1, gateways: 1, settings, programs: programs),
            "embedded" => new EmbeddedDeployment(settings, programs: programs),
            "cohosted" => new ClusterDeployment(silos: 0, gateways: 1, settings, coHosted: true, programs: programs),
            _ => throw new ArgumentOutOfRangeException(nameof(way)),
        }, terms);
    }

    /// <summary>
    /// Without limits: all load here comes from one address and one seller, and must not be rate-limited.
    /// </summary>
    public static Dictionary<string, string?> SettingsFor(TokenTerms terms) => new(ClientSettings.OfServers)
    {
        ["Auth__SigningKey"] = Convert.ToBase64String(terms.Key),
        ["Limits__AccountBurst"] = "0",
        ["Limits__CouponBurst"] = "0",
        ["Live__WatchersPerAddress"] = "0",
    };

    public override string Name => $"product {deploymentName}";

    public override Uri Address => deployment.Address;

    public override IReadOnlyList<DeployedProcess> Processes => deployment.Processes;

    /// <summary>Its processes and databases.</summary>
    public Deployment Deployment => deployment;

    public override Task StartAsync(CancellationToken stop) => deployment.StartAsync();

    public override async Task PrepareAsync(MeasuredSale sale, CancellationToken stop)
    {
        var seller = Seller(sale);
        await seller.RegisterAsync(stop);
        await seller.CreateCouponsAsync(stop);
    }

    /// <summary>The seller of a sale, at this deployment.</summary>
    public Seller Seller(MeasuredSale sale) => new(Address, sale, terms);

    public override ValueTask DisposeAsync() => deployment.DisposeAsync();
}
