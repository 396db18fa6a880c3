namespace SecKill.Grains.Hosting;

/// <summary>
/// Ends the process if Orleans reports a fatal error: the silo was declared dead, or membership failed. Orleans' own handler (10.4,
/// <c>FatalErrorHandler</c>) prints the caller's stack twice and aborts, with a memory dump if enabled, which does not tell an operator
/// that the silo was frozen for some seconds (https://github.com/dotnet/orleans/issues/8186).
/// </summary>
internal sealed partial class SiloEnd(ILogger<SiloEnd> logger) : IFatalErrorHandler
{
    private static readonly TimeSpan _logsWritten = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan _exitLimit = TimeSpan.FromSeconds(5);

    /// <inheritdoc/>
    public bool IsUnexpected(Exception exception) => true;

    /// <inheritdoc/>
    public void OnFatalException(object? sender = null, string? context = null, Exception? exception = null)
    {
        if (exception is null)
            LogVotedOut(context ?? $"{sender}");
        else
            LogBroken(exception, sender?.GetType().Name, context);
        // No graceful shutdown: other silos have its coupons by now.
        Thread.Sleep(_logsWritten);
        new Thread(() =>
        {
            Thread.Sleep(_exitLimit);
            Environment.FailFast("The process did not exit.");
        })
        { IsBackground = true }.Start();
        Environment.Exit(1);
    }

    [LoggerMessage(EventIds.VotedOut, LogLevel.Critical, "The other silos have voted this one out: for some seconds it did not answer them. It ends, exit code 1; start it anew. {Context}")]
    private partial void LogVotedOut(string context);

    [LoggerMessage(EventIds.MembershipBroken, LogLevel.Critical, "This silo cannot follow the cluster's members any more ({Sender}, {Context}). It ends, exit code 1; start it anew.")]
    private partial void LogBroken(Exception exception, string? sender, string? context);
}
