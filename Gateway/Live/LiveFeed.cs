using SecKill.Grains.Interfaces;
using SecKill.ServiceDefaults.Logs;

namespace SecKill.Gateway.Live;

/// <summary>
/// One sale (or the board) at this gateway: read once per period for all its subscribers, as long as it has any. A snapshot that says nothing
/// new is not sent.
/// </summary>
internal sealed partial class LiveFeed
{
    // A proxy closes a connection that is silent.
    private static readonly TimeSpan _heartbeatPeriod = TimeSpan.FromSeconds(15);

    // A subscriber that was cut off, or polls, finds the feed still running.
    private static readonly TimeSpan _linger = TimeSpan.FromSeconds(3);

    // The period may be longer than the feed lingers.
    private static readonly TimeSpan _lookPeriod = TimeSpan.FromSeconds(1);

    // A timer may fire some milliseconds early.
    private static readonly TimeSpan _early = TimeSpan.FromMilliseconds(30);

    private readonly LiveSource _source;
    private readonly LivePace _pace;
    private readonly TimeProvider _clock;
    private readonly ILogger _logger;
    private readonly Lock _gate = new();
    private readonly HashSet<Subscriber> _subscribers = [];
    private readonly TaskCompletionSource<bool> _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly long _begun;

    private LiveEvent? _last;
    private byte[] _lastJson = [];
    private long _id;
    private long _idleSince;
    private bool _isOver;

    /// <summary>Makes a feed without subscribers.</summary>
    public LiveFeed(LiveSource source, LivePace pace, ILogger logger)
    {
        (_source, _pace, _clock, _logger) = (source, pace, pace.Clock, logger);
        _begun = _idleSince = _clock.GetTimestamp();
    }

    /// <summary>Whether there is such a sale; known after the first read.</summary>
    /// <exception cref="UnavailableException">It cannot be read; or another exception of the source.</exception>
    public Task<bool> Exists => _opened.Task;

    /// <summary>Adds a subscriber, and offers it the last snapshot.</summary>
    /// <returns>False if the feed is over and another one must be made.</returns>
    public bool TryJoin(Subscriber subscriber)
    {
        lock (_gate)
        {
            if (_isOver)
                return false;
            _subscribers.Add(subscriber);
            if (_last is { } last)
                subscriber.Offer(last);
            return true;
        }
    }

    /// <summary>Removes a subscriber.</summary>
    public void Leave(Subscriber subscriber)
    {
        lock (_gate)
        {
            if (_subscribers.Remove(subscriber))
                _idleSince = _clock.GetTimestamp();
        }
        subscriber.End();
    }

    /// <summary>Reads and sends until the feed has no subscriber, or must stop. Never throws.</summary>
    /// <param name="openings">Bounds the first reads: they may query the ledger.</param>
    /// <param name="stop">Ends it.</param>
    public async Task RunAsync(SemaphoreSlim openings, CancellationToken stop)
    {
        try
        {
            if (!await TryOpenAsync(openings, stop))
                return;
            var sent = _clock.GetTimestamp();
            while (await IsNeededAsync(UntilNextRead(), stop))
            {
                var item = await NextAsync() ?? (_clock.GetElapsedTime(sent) > _heartbeatPeriod ? LiveEvent.Heartbeat : null);
                if (item is null)
                    continue;
                sent = _clock.GetTimestamp();
                await SendAsync(item, stop);
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
                LogNotRead(fault);
            _opened.TrySetException(fault);
        }
        finally
        {
            End();
        }
    }

    private async Task<bool> TryOpenAsync(SemaphoreSlim openings, CancellationToken stop)
    {
        if (!await openings.WaitAsync(TimeSpan.FromSeconds(1), stop))
            throw new UnavailableException("Too many sales are being looked for.");
        try
        {
            if (await _source.ReadAsync() is { } json)
                await SendAsync(Snapshot(json), stop);
            return _opened.TrySetResult(_last is not null) && _last is not null;
        }
        finally
        {
            openings.Release();
        }
    }

    /// <returns>The event to send; null if there is nothing new.</returns>
    private async Task<LiveEvent?> NextAsync()
    {
        var isTroubled = _last == LiveEvent.Trouble;
        try
        {
            var json = await _source.ReadAsync() ?? throw new UnavailableException("The coupon does not exist any more.");
            return !isTroubled && json.AsSpan().SequenceEqual(_lastJson) ? null : Snapshot(json);
        }
        catch (Exception fault) when (fault is not OutOfMemoryException)
        {
            if (!isTroubled)
                LogNotRead(fault);
            return LiveEvent.Trouble;
        }
    }

    private LiveEvent Snapshot(byte[] json)
    {
        _lastJson = json;
        return LiveEvent.Snapshot(++_id, json, _clock.GetUtcNow());
    }

    private Task SendAsync(LiveEvent item, CancellationToken stop)
    {
        Subscriber[] subscribers;
        lock (_gate)
        {
            if (item != LiveEvent.Heartbeat)
                _last = item;
            subscribers = [.. _subscribers];
        }
        return _pace.SpreadAsync(subscribers, subscriber => subscriber.Offer(item), stop);
    }

    /// <summary>At a fixed rate from the beginning, so that as many reports of each gateway fall between two reads, and rates do not jump.</summary>
    private TimeSpan UntilNextRead()
    {
        var period = _pace.Period;
        var wait = TimeSpan.FromTicks(period.Ticks - (_clock.GetElapsedTime(_begun).Ticks % period.Ticks));
        return wait > _early ? wait : wait + period;
    }

    /// <summary>Waits for the next read.</summary>
    /// <returns>False if the feed has no subscriber by then.</returns>
    private async Task<bool> IsNeededAsync(TimeSpan wait, CancellationToken stop)
    {
        var begun = _clock.GetTimestamp();
        do
        {
            // On a busy machine the time may be over before this line, and a delay must not be negative.
            var rest = (wait - _clock.GetElapsedTime(begun)).Ticks;
            await Task.Delay(TimeSpan.FromTicks(Math.Clamp(rest, 0, _lookPeriod.Ticks)), _clock, stop);
            if (IsIdle())
                return false;
        }
        while (_clock.GetElapsedTime(begun) < wait);
        return true;
    }

    private bool IsIdle()
    {
        lock (_gate)
            return _isOver = _subscribers.Count == 0 && _clock.GetElapsedTime(_idleSince) > _linger;
    }

    private void End()
    {
        Subscriber[] subscribers;
        lock (_gate)
        {
            _isOver = true;
            subscribers = [.. _subscribers];
        }
        // Each ends its response on this thread.
        foreach (var subscriber in subscribers)
            subscriber.End();
    }

    [LoggerMessage(EventIds.LiveSaleNotRead, LogLevel.Warning, "A sale with subscribers cannot be read.")]
    private partial void LogNotRead(Exception fault);
}
