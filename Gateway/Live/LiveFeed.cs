namespace SecKill.Gateway.Live;

/// <summary>
/// One sale (or the board) at this gateway: read once per period for all its subscribers, as long as it has any. A snapshot that says nothing
/// new is not sent.
/// </summary>
/// <param name="read">Reads a snapshot; see <see cref="LiveSource"/>.</param>
internal sealed partial class LiveFeed(Func<Task<byte[]?>> read, LivePace pace, ILogger logger)
{
    // A proxy closes a connection that is silent.
    private static readonly TimeSpan _heartbeatPeriod = TimeSpan.FromSeconds(15);

    // The period may be longer than the feed lingers.
    private static readonly TimeSpan _lookPeriod = TimeSpan.FromSeconds(1);

    private readonly TimeProvider _clock = pace.Clock;
    private readonly DateTimeOffset _begun = pace.Clock.GetUtcNow();
    private readonly TaskCompletionSource<bool> _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private byte[] _lastJson = [];
    private long _id;

    public Subscribers Subscribers { get; } = new(pace);

    /// <summary>Whether there is such a sale; known after the first read.</summary>
    /// <exception cref="UnavailableException">It cannot be read; or another exception of the read.</exception>
    public Task<bool> Exists => _opened.Task;

    /// <summary>Reads and sends until the feed has no subscriber, or must stop. Never throws.</summary>
    /// <param name="openings">Bounds the first reads: they may query the ledger.</param>
    public async Task RunAsync(SemaphoreSlim openings, CancellationToken stop)
    {
        try
        {
            if (!await TryOpenAsync(openings, stop))
                return;
            var sent = _clock.GetTimestamp();
            while (await IsNeededAsync(stop))
            {
                var item = await NextAsync() ?? (_clock.GetElapsedTime(sent) > _heartbeatPeriod ? LiveEvent.Heartbeat : null);
                if (item is null)
                    continue;
                sent = _clock.GetTimestamp();
                await Subscribers.SendAsync(item, stop);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            _opened.TrySetException(new UnavailableException("This gateway was told to stop."));
        }
        catch (Exception fault) when (fault is not OutOfMemoryException)
        {
            // The subscriber is told, and an UnavailableException is logged there.
            if (fault is not UnavailableException)
                LogNotRead(logger, fault);
            _opened.TrySetException(fault);
        }
        finally
        {
            Subscribers.End();
        }
    }

    private async Task<bool> TryOpenAsync(SemaphoreSlim openings, CancellationToken stop)
    {
        if (!await openings.WaitAsync(TimeSpan.FromSeconds(1), stop))
            throw new UnavailableException("Too many sales are being looked for.");
        try
        {
            var json = await read();
            if (json is not null)
                await Subscribers.SendAsync(Snapshot(json), stop);
            _opened.TrySetResult(json is not null);
            return json is not null;
        }
        finally
        {
            openings.Release();
        }
    }

    /// <summary>Waits for the next read.</summary>
    /// <returns>False if the feed has no subscriber any more.</returns>
    private async Task<bool> IsNeededAsync(CancellationToken stop)
    {
        var (wait, begun) = (pace.UntilRead(_begun), _clock.GetTimestamp());
        do
        {
            // On a busy machine the time may be over before this line, and a delay must not be negative.
            var rest = (wait - _clock.GetElapsedTime(begun)).Ticks;
            await Task.Delay(TimeSpan.FromTicks(Math.Clamp(rest, 0, _lookPeriod.Ticks)), _clock, stop);
            if (Subscribers.AreGone())
                return false;
        }
        while (_clock.GetElapsedTime(begun) < wait);
        return true;
    }

    /// <returns>The event to send; null if there is nothing new.</returns>
    private async Task<LiveEvent?> NextAsync()
    {
        try
        {
            var json = await read() ?? throw new UnavailableException("The coupon does not exist any more.");
            return json.AsSpan().SequenceEqual(_lastJson) ? null : Snapshot(json);
        }
        catch (Exception fault) when (fault is not OutOfMemoryException)
        {
            if (_lastJson.Length > 0)
                LogNotRead(logger, fault);
            // So that the next snapshot is sent, even one as before.
            _lastJson = [];
            return LiveEvent.Trouble;
        }
    }

    private LiveEvent Snapshot(byte[] json)
    {
        _lastJson = json;
        return LiveEvent.Snapshot(++_id, json, _clock.GetUtcNow());
    }

    [LoggerMessage(EventIds.LiveSaleNotRead, LogLevel.Warning, "A sale with subscribers cannot be read.")]
    private static partial void LogNotRead(ILogger logger, Exception fault);
}
