

namespace SecKill.ServiceDefaults.Configuration;

/// <summary>The Orleans Dashboard. Section <c>Dashboard</c> of the configuration, the same for gateways and silos.</summary>
public sealed class DashboardSettings
{
    /// <summary>The section's name.</summary>
    public const string Section = "Dashboard";

    /// <summary>
    /// At silos: whether they count calls for it (while somebody watches) and sample themselves. Default true; a gateway that is a silo
    /// too does so only where <c>Admin:Key</c> is set. At gateways: whether they show it, where <c>Admin:Key</c> is set. Default true.
    /// </summary>
    public bool Enabled { get; set; } = true;
}
