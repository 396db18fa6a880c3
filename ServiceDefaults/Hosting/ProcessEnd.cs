namespace SecKill.ServiceDefaults.Hosting;

/// <summary>Ends a process after a fatal error: the host stops, the program prints the reason, and its exit code is 1.</summary>
public sealed class ProcessEnd(IHostApplicationLifetime host)
{
    private volatile string? _reason;

    /// <summary>Why the process ends; null while it runs and on a normal stop.</summary>
    public string? Reason => _reason;

    /// <summary>Stops the host. Of several reasons the first counts.</summary>
    public void Because(string reason)
    {
        _reason ??= reason;
        host.StopApplication();
    }
}
