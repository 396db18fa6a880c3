namespace SecKill.Gateway.Hosting;

/// <summary>
/// Tells which calls into the cluster will not be answered any more. When a connection to a silo breaks, Orleans' client lets
/// every call that was under way on it wait for its time-out, and does not tell which ones those are (a call to one silo may
/// travel by another). But calls take milliseconds: what began before a connection broke and is not answered soon after was lost with it.
/// </summary>
internal sealed class LostCalls : IDisposable
{
    private static readonly TimeSpan _soon = TimeSpan.FromSeconds(1);

    private volatile CancellationTokenSource _present = new();

    /// <summary>For a call that begins now: cancelled once it must be taken for lost. What it did is then not known.</summary>
    public CancellationToken Token => _present.Token;

    /// <summary>A connection broke.</summary>
    public void NoteBrokenConnection()
    {
        var past = Interlocked.Exchange(ref _present, new CancellationTokenSource());
        past.CancelAfter(_soon);
    }

    /// <inheritdoc/>
    public void Dispose() => _present.Dispose();
}
