namespace SecKill.Tests.LocalServers;

/// <summary>What was to run on this machine cannot; the message says why to a user.</summary>
public sealed class LocalServerException(string message, Exception? inner = null) : InvalidOperationException(message, inner);
