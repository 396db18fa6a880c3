using System.ComponentModel.DataAnnotations;
using System.Net;

namespace SecKill.Silo.Hosting;

/// <summary>Where this silo is reached by other silos and by gateways. Section <c>Silo</c> of the configuration.</summary>
public sealed class SiloOptions
{
    /// <summary>The section's name.</summary>
    public const string Section = "Silo";

    /// <summary>
    /// Read by gateways: whether the gateway's process is a silo of the cluster too. Default false. Its own calls cost less
    /// then, and there is one program to run instead of two; but gateways and silos can no longer be scaled and restarted apart.
    /// </summary>
    public bool CoHosted { get; set; }

    /// <summary>For other silos. Default 11111; several silos on one machine need different ones. 0 takes any free port.</summary>
    [Range(0, 65535)]
    public int Port { get; set; } = 11111;

    /// <summary>For gateways. Default 30000; as <see cref="Port"/>.</summary>
    [Range(0, 65535)]
    public int GatewayPort { get; set; } = 30000;

    /// <summary>
    /// The IP address under which others reach this silo. Default: the machine's first one that is not loopback. In
    /// Kubernetes: the pod's IP.
    /// </summary>
    public string? AdvertisedAddress { get; set; }

    /// <summary>The address to advertise, parsed, or null for the default.</summary>
    /// <exception cref="ConfigurationException">It is no IP address.</exception>
    public IPAddress? Address => string.IsNullOrEmpty(AdvertisedAddress) ? null
        : IPAddress.TryParse(AdvertisedAddress, out var address) ? address
        : throw new ConfigurationException($"Silo:AdvertisedAddress is '{AdvertisedAddress}', which is no IP address.");
}

/// <summary>Which cluster this process belongs to. Section <c>Cluster</c> of the configuration, the same for gateways and silos.</summary>
public sealed class ClusterNames
{
    /// <summary>The section's name.</summary>
    public const string Section = "Cluster";

    /// <summary>
    /// Names the cluster whose members find each other. Default <c>seckill</c>. Two clusters of one service, as blue and green, have
    /// different ones; stock, claims and accounts are theirs together.
    /// </summary>
    [Required]
    public string Id { get; set; } = "seckill";

    /// <summary>
    /// Names the service to which the data belong, across clusters. Default <c>seckill</c>. The ledger remembers it from the first start on:
    /// a silo with another one does not start there.
    /// </summary>
    [Required]
    public string ServiceId { get; set; } = "seckill";
}

/// <summary>A setting is missing or wrong. The message names it; the process ends with it, without a stack trace.</summary>
public sealed class ConfigurationException : Exception
{
    /// <summary>Names the setting and what is wrong with it.</summary>
    public ConfigurationException(string message) : base(message) { }

    /// <summary>Names the setting and what is wrong with it.</summary>
    public ConfigurationException(string message, Exception innerException) : base(message, innerException) { }

    /// <summary>For serializers.</summary>
    public ConfigurationException() { }
}
