namespace SecKill.Gateway.Live;

/// <summary>The subscribers of one feed. Thread-safe.</summary>
internal sealed class Subscribers(LivePace pace)
{
    // A subscriber that was cut off, or polls, finds the feed still running.
    private static readonly TimeSpan _linger = TimeSpan.FromSeconds(3);

    private readonly Lock _gate = new();
    private readonly HashSet<Subscriber> _all = [];
    private LiveEvent? _last;
    private long _idleSince = pace.Clock.GetTimestamp();
    private bool _isOver;

    /// <summary>Adds a subscriber, and offers it the last snapshot.</summary>
    /// <returns>False if the feed is over and another one must be made.</returns>
    public bool TryJoin(Subscriber subscriber)
    {
        lock (_gate)
        {
            if (_isOver)
                return false;
            _all.Add(subscriber);
            if (_last is { } last)
                subscriber.Offer(last);
            return true;
        }
    }

    public void Leave(Subscriber subscriber)
    {
        lock (_gate)
        {
            if (_all.Remove(subscriber))
                _idleSince = pace.Clock.GetTimestamp();
        }
        subscriber.End();
    }

    /// <summary>Offers an event to all, a few at a time.</summary>
    public Task SendAsync(LiveEvent item, CancellationToken stop)
    {
        Subscriber[] all;
        lock (_gate)
        {
            if (item != LiveEvent.Heartbeat)
                _last = item;
            all = [.. _all];
        }
        return pace.SpreadAsync(all, subscriber => subscriber.Offer(item), stop);
    }

    /// <summary>Whether there has been none for some seconds. Then none can join any more.</summary>
    public bool AreGone()
    {
        lock (_gate)
            return _isOver = _all.Count == 0 && pace.Clock.GetElapsedTime(_idleSince) > _linger;
    }

    /// <summary>Ends all streams. None can join any more.</summary>
    public void End()
    {
        Subscriber[] all;
        lock (_gate)
        {
            _isOver = true;
            all = [.. _all];
        }
        // Each ends its response on this thread.
        foreach (var subscriber in all)
            subscriber.End();
    }
}
