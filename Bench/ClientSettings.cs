namespace SecKill.Bench;

/// <summary>Settings of .NET that suit a client and must not be inherited by the servers it starts.</summary>
internal static class ClientSettings
{
    /// <summary>Socket completions run on the thread that polls.</summary>
    public const string InlineCompletions = "DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS";

    /// <summary>The environment of servers: without them.</summary>
    public static IReadOnlyDictionary<string, string?> OfServers { get; } = new Dictionary<string, string?> { [InlineCompletions] = null };
}
