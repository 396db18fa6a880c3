namespace SecKill.Gateway.Hosting;

/// <summary>
/// Gives up calls into the cluster that will not be answered any more, whichever grain they are for. When a connection to a silo breaks, or a silo is voted
/// out, Orleans' client (10.4) lets every call that was under way to it wait for its time-out, and does not tell which ones those are (a call to one silo may
/// travel by another). But calls take milliseconds: what began before a silo was lost and is not answered soon after was lost with it.
/// </summary>
internal sealed class LostCalls : IOutgoingGrainCallFilter, IDisposable
{
    private static readonly TimeSpan _soon = TimeSpan.FromSeconds(1);

    private volatile CancellationTokenSource _present = new();

    /// <summary>A connection broke, or a silo is no member any more.</summary>
    public void NoteLoss()
    {
        var past = Interlocked.Exchange(ref _present, new CancellationTokenSource());
        past.CancelAfter(_soon);
    }

    /// <inheritdoc/>
    /// <exception cref="CallLostException">The call must be taken for lost.</exception>
    public async Task Invoke(IOutgoingGrainCallContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        var lost = _present.Token;
        var call = context.Invoke();
        try
        {
            await call.WaitAsync(lost);
        }
        catch (OperationCanceledException) when (lost.IsCancellationRequested && !call.IsCompleted)
        {
            call.Ignore();
            throw new CallLostException();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _present.Dispose();
}

/// <summary>A call was lost with a silo: what it did is not known, and will not be.</summary>
internal sealed class CallLostException() : TimeoutException("The call was lost with a silo.");
