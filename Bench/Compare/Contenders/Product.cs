using SecKill.Bench.Deployments;
using SecKill.Bench.Tokens;

namespace SecKill.Bench.Compare.Contenders;

/// <summary>The product in one of its deployments.</summary>
internal sealed class Product(string deploymentName, ProductDeployment deployment, TokenTerms terms) : Contender
{
    public override string Name => $"product {deploymentName}";

    public override Uri Address => deployment.Address;

    public override IReadOnlyList<Part> Parts => deployment.Parts;

    /// <summary>Its processes and databases.</summary>
    public ProductDeployment Deployment => deployment;

    public override Task StartAsync(CancellationToken stop) => deployment.StartAsync();

    public override async Task PrepareAsync(Sale sale, CancellationToken stop)
    {
        using var seller = Seller(sale);
        await seller.RegisterAsync(stop);
        await seller.CreateCouponsAsync(stop);
    }

    /// <summary>The seller of a sale, at this deployment.</summary>
    public SellerClient Seller(Sale sale) => new(Address, sale, terms);

    public override ValueTask DisposeAsync() => deployment.DisposeAsync();
}
