using System.ComponentModel.DataAnnotations;

namespace SecKill.ServiceDefaults.Configuration;

/// <summary>Which cluster this process belongs to. Section <c>Cluster</c> of the configuration, the same for gateways and silos.</summary>
[SettingsSection("Cluster")]
public sealed class ClusterNames
{
    /// <summary>
    /// Names the cluster whose members find each other. Default <c>seckill</c>. Two clusters of one service, as blue and green, have
    /// different ones; stock, claims and accounts are theirs together. Without <c>@</c>.
    /// </summary>
    [Required]
    [RegularExpression("[^@]+")]
    public string Id { get; set; } = "seckill";

    /// <summary>
    /// Names the service to which the data belong, across clusters. Default <c>seckill</c>. The ledger remembers it from the first start on:
    /// a silo with another one does not start there.
    /// </summary>
    [Required]
    public string ServiceId { get; set; } = "seckill";
}
