using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;

namespace SecKill.Gateway.Hosting;

/// <summary>
/// Has requests read, handled and answered on the thread that waits for the sockets: a change of thread costs as much as a
/// refusal. That needs handlers that never block, and ours wait for grains and nothing else. See docs/internals/benchmarks.md.
/// </summary>
internal static class SocketThreads
{
    /// <summary>
    /// For all sockets of the process; takes effect if no socket was used yet. Not for the embedded mode: its Redis waits for the
    /// disk on the thread that read the command.
    /// </summary>
    public static void RunCompletionsInline() => Environment.SetEnvironmentVariable("DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS", "1");

    /// <summary>For Kestrel.</summary>
    public static void PreferInline(SocketTransportOptions sockets) => sockets.UnsafePreferInlineScheduling = true;
}
