namespace SecKill.Gateway.Docs;

/// <summary>The API's document and its page. Section <c>Docs</c> of the configuration.</summary>
[SettingsSection("Docs")]
public sealed class DocsOptions
{
    /// <summary>Whether <c>/openapi.json</c> and <c>/docs</c> are served. Default true; without, both are 404.</summary>
    public bool Enabled { get; set; } = true;
}
