namespace SecKill.Bench;

/// <summary>The run cannot be made or go on; the message is for the user, in one line. Exit code 1.</summary>
internal sealed class BenchException(string message) : Exception(message);
