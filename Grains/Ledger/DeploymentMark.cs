namespace SecKill.Grains.Ledger;

/// <summary>Identifies a deployment's stores: the ledger and its Redis hold it from the first start on.</summary>
/// <param name="Id">Random.</param>
/// <param name="ServiceId">The setting <c>Cluster:ServiceId</c>.</param>
public sealed record DeploymentMark(string Id, string ServiceId)
{
    /// <summary>As it stands in Redis.</summary>
    public override string ToString() => $"{Id} {ServiceId}";
}
