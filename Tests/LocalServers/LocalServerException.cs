namespace SecKill.Tests.LocalServers;

/// <summary>A local server cannot run; the message tells the user why.</summary>
public sealed class LocalServerException(string message, Exception? inner = null) : InvalidOperationException(message, inner);
