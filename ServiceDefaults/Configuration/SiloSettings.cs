using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Net;
using SecKill.ServiceDefaults.Hosting;

namespace SecKill.ServiceDefaults.Configuration;

/// <summary>Where this silo is reached by other silos and by gateways. Section <c>Silo</c> of the configuration.</summary>
[SettingsSection("Silo")]
public sealed class SiloSettings : IValidatableObject
{
    /// <summary>
    /// Whether a gateway's process is a silo of the cluster too. Default false. Its own calls cost less
    /// then, and there is one program to run instead of two; but gateways and silos can no longer be scaled and restarted apart.
    /// </summary>
    public bool CoHosted { get; set; }

    /// <summary>The port for other silos. Default 11111; several silos on one machine need different ones. 0 takes any free port.</summary>
    [Range(0, 65535)]
    public int Port { get; set; } = 11111;

    /// <summary>The port for gateways. Default 30000; as <see cref="Port"/>.</summary>
    [Range(0, 65535)]
    public int GatewayPort { get; set; } = 30000;

    /// <summary>
    /// The IP address under which others reach this silo. Default: the machine's first one that is not loopback. In
    /// Kubernetes: the pod's IP.
    /// </summary>
    [DefaultValue("first IP")]
    public string? AdvertisedAddress { get; set; }

    /// <summary>The address to advertise, parsed, or null for the default.</summary>
    public IPAddress? Address => IPAddress.TryParse(AdvertisedAddress, out var address) ? address : null;

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (!string.IsNullOrEmpty(AdvertisedAddress) && Address is null)
            yield return new ValidationResult($"Silo:AdvertisedAddress is '{AdvertisedAddress}', which is no IP address.");
    }

    /// <summary>Refuses silo ports that are not free.</summary>
    /// <exception cref="ConfigurationException">One is taken.</exception>
    public void RefuseTakenPorts()
    {
        var address = Address is { } own && IPAddress.IsLoopback(own) ? own : IPAddress.Any;
        Ports.Refuse([address], Port, $"Silo:Port {Port}", "Silo:Port");
        Ports.Refuse([address], GatewayPort, $"Silo:GatewayPort {GatewayPort}", "Silo:GatewayPort");
    }
}
