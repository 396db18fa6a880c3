namespace SecKill.ServiceDefaults.Configuration;

/// <summary>The Orleans Dashboard. Section <c>Dashboard</c> of the configuration, the same for gateways and silos.</summary>
[SettingsSection("Dashboard")]
public sealed class DashboardSettings
{
    /// <summary>
    /// Whether gateways with <c>Admin:Key</c> show the Orleans Dashboard, and silos count their calls for it while it is open. Default true.
    /// A silo in a gateway's process counts only where <c>Admin:Key</c> is set.
    /// </summary>
    public bool Enabled { get; set; } = true;
}
