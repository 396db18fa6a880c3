namespace SecKill.ServiceDefaults.Hosting;

/// <summary>
/// The number of what programs share that run together or one after another on the same stores: messages, scripts, tables. It stands in
/// the name of Orleans' cluster, so that programs of different numbers never join (both ends of a connection compare it), and in the
/// ledger. Raised with every change that a program of before would not understand.
/// </summary>
internal static class Protocol
{
    /// <summary>This program's. Programs up to 2026-11-30 have none, which counts as 1.</summary>
    public const int Number = 4;

    /// <summary>That of the programs before these; 2 was never in use.</summary>
    public const int Before = 3;

    /// <summary>The newest schema that those know.</summary>
    public const int SchemaBefore = 10;

    /// <summary>Stands between a cluster's name and the number.</summary>
    public const char Sign = '@';

    /// <summary>The name of Orleans' cluster.</summary>
    /// <param name="id">The setting <c>Cluster:Id</c>.</param>
    /// <param name="number">The protocol number.</param>
    public static string ClusterId(string id, int number = Number) => number == 1 ? id : $"{id}{Sign}{number}";
}
