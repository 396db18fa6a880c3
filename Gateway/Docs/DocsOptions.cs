namespace SecKill.Gateway.Docs;

/// <summary>The API's document and its page. Section <c>Docs</c> of the configuration.</summary>
public sealed class DocsOptions
{
    /// <summary>The section's name.</summary>
    public const string Section = "Docs";

    /// <summary>Whether <c>/openapi.json</c> and <c>/docs</c> are served. Default true; without, both are 404.</summary>
    public bool Enabled { get; set; } = true;
}
