using System.Diagnostics;
using SecKill.Grains.Interfaces;

namespace SecKill.Gateway.Live;

/// <summary>
/// One sale (or the board) as this gateway shows it: read once for all who watch it, as long as somebody does. What says nothing
/// new is not sent.
/// </summary>
internal sealed partial class LiveFeed
{
    // So often something is sent, whether there is anything to say or not: proxies give up a connection that is silent.
    private static readonly TimeSpan _silence = TimeSpan.FromSeconds(15);

    // So long it goes on without a watcher: one that was cut off, or asks again and again, finds it warm.
    private static readonly TimeSpan _lingering = TimeSpan.FromSeconds(3);

    // So often it looks whether it is watched: readings may be further apart than it lingers.
    private static readonly TimeSpan _look = TimeSpan.FromSeconds(1);

    private readonly LiveSource _source;
    private readonly LivePace _pace;
    private readonly ILogger _logger;
    private readonly Lock _gate = new();
    private readonly HashSet<LiveWatcher> _watchers = [];
    private readonly TaskCompletionSource<bool> _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // Any: see LivePace.
    private readonly int _number = Random.Shared.Next();

    private LiveReading? _last;
    private byte[] _lastJson = [];
    private long _id;
    private long _lonelySince = Stopwatch.GetTimestamp();
    private bool _isOver;

    /// <summary>Makes a feed that nobody watches yet.</summary>
    public LiveFeed(LiveSource source, LivePace pace, ILogger logger) => (_source, _pace, _logger) = (source, pace, logger);

    /// <summary>Whether there is such a sale; known after the first reading.</summary>
    /// <exception cref="UnavailableException">It cannot be read; or what else the source throws.</exception>
    public Task<bool> Exists => _opened.Task;

    /// <summary>Lets a watcher in; false where the feed is over, and another one must be made.</summary>
    public bool TryJoin(LiveWatcher watcher)
    {
        lock (_gate)
        {
            if (_isOver)
                return false;
            _watchers.Add(watcher);
            if (_last is not null)
                watcher.Offer(_last);
            return true;
        }
    }

    /// <summary>Lets a watcher go.</summary>
    public void Leave(LiveWatcher watcher)
    {
        lock (_gate)
        {
            if (_watchers.Remove(watcher))
                _lonelySince = Stopwatch.GetTimestamp();
        }
        watcher.End();
    }

    /// <summary>Reads and sends until nobody watches, or it is to stop; never throws.</summary>
    /// <param name="openings">What the first reading needs a place in: it may have the ledger asked.</param>
    /// <param name="stop">Ends it.</param>
    public async Task RunAsync(SemaphoreSlim openings, CancellationToken stop)
    {
        try
        {
            if (!await TryOpenAsync(openings, stop))
                return;
            var sent = Stopwatch.GetTimestamp();
            while (await IsNeededAsync(_pace.UntilNextReading(_number), stop))
            {
                var reading = await NextAsync() ?? (Stopwatch.GetElapsedTime(sent) > _silence ? LiveReading.Heartbeat : null);
                if (reading is null)
                    continue;
                sent = Stopwatch.GetTimestamp();
                await SendAsync(reading, stop);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            _opened.TrySetException(new UnavailableException("This gateway was told to stop."));
        }
        catch (Exception fault) when (fault is not OutOfMemoryException)
        {
            // Whoever asked is told, and that is logged, where it is merely not to be had at the moment.
            if (fault is not UnavailableException)
                LogBroken(fault.Message);
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
                await SendAsync(Written(json), stop);
            return _opened.TrySetResult(_last is not null) && _last is not null;
        }
        finally
        {
            openings.Release();
        }
    }

    /// <returns>What to send, or null where there is nothing new.</returns>
    private async Task<LiveReading?> NextAsync()
    {
        try
        {
            var json = await _source.ReadAsync() ?? throw new UnavailableException("The coupon is not there any more.");
            return _last != LiveReading.Trouble && json.AsSpan().SequenceEqual(_lastJson) ? null : Written(json);
        }
        catch (Exception fault) when (fault is not OutOfMemoryException)
        {
            if (_last != LiveReading.Trouble)
                LogBroken(fault.Message);
            return LiveReading.Trouble;
        }
    }

    private LiveReading Written(byte[] json)
    {
        _lastJson = json;
        return LiveReading.Of(++_id, json, DateTimeOffset.UtcNow);
    }

    private Task SendAsync(LiveReading reading, CancellationToken stop)
    {
        LiveWatcher[] watchers;
        lock (_gate)
        {
            if (reading != LiveReading.Heartbeat)
                _last = reading;
            watchers = [.. _watchers];
        }
        return _pace.SpreadAsync(watchers, watcher => watcher.Offer(reading), stop);
    }

    /// <summary>Waits for the next reading; false where the feed has no watcher by then.</summary>
    private async Task<bool> IsNeededAsync(TimeSpan wait, CancellationToken stop)
    {
        var begun = Stopwatch.GetTimestamp();
        do
        {
            // On a busy machine the time may be over before it is looked at, and less than nothing is no delay.
            var rest = (wait - Stopwatch.GetElapsedTime(begun)).Ticks;
            await Task.Delay(TimeSpan.FromTicks(Math.Clamp(rest, 0, _look.Ticks)), stop);
            if (IsLonely())
                return false;
        }
        while (Stopwatch.GetElapsedTime(begun) < wait);
        return true;
    }

    private bool IsLonely()
    {
        lock (_gate)
            return _isOver = _watchers.Count == 0 && Stopwatch.GetElapsedTime(_lonelySince) > _lingering;
    }

    private void End()
    {
        LiveWatcher[] watchers;
        lock (_gate)
        {
            _isOver = true;
            watchers = [.. _watchers];
        }
        // Each ends its answer right there.
        foreach (var watcher in watchers)
            watcher.End();
    }

    [LoggerMessage(LogLevel.Warning, "A sale that is watched cannot be read. {Reason}")]
    private partial void LogBroken(string reason);
}
