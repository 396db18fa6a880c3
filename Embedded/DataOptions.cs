namespace SecKill.Embedded;

/// <summary>Where the embedded mode keeps its data. Section <c>Data</c> of the configuration.</summary>
public sealed class DataOptions
{
    /// <summary>The section's name.</summary>
    public const string Section = "Data";

    /// <summary>A folder that no other process uses. Default <c>data</c>, in the current directory.</summary>
    public string Folder { get; set; } = "";
}
