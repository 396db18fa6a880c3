namespace SecKill.Embedded;

/// <summary>Where the embedded mode keeps its data. Section <c>Data</c> of the configuration.</summary>
[SettingsSection("Data")]
public sealed class DataOptions
{
    /// <summary>A folder that no other process uses. Default <c>data</c>, in the current directory.</summary>
    public string Folder
    {
        get;
        // An empty setting is none.
        set => field = value.Length > 0 ? value : field;
    } = "data";
}
