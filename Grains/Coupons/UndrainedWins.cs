using SecKill.Grains.Interfaces.Coupons;
using SecKill.Grains.Stock;

namespace SecKill.Grains.Coupons;

/// <summary>
/// The claims of one coupon that this activation has seen won and not yet drained. Should Redis lose them (wiped, restarted with an
/// older file, failed over to a replica that was behind), they are put back when the stock is rebuilt. A claim whose
/// win is not taken note of here must not be answered as won. Thread-safe.
/// </summary>
/// <param name="places">What the silo may remember in all; a win that finds no place is only counted.</param>
internal sealed class UndrainedWins(WinPlaces places) : IDisposable
{
    private readonly Lock _gate = new();
    private readonly PriorityQueue<QueueEntry, long> _wins = new();
    private long _epoch = -1;
    private long _drained;
    private long _owners;
    private bool _isRebuilding;

    /// <summary>Whether any win is remembered.</summary>
    public bool Any
    {
        get
        {
            lock (_gate)
                return _wins.Count > 0;
        }
    }

    /// <summary>Takes note of the wins of a decision.</summary>
    /// <returns>
    /// False where the stock was rebuilt since, or is at the moment, so that they may not be in it: nobody may be told that he has
    /// won. Also where somebody else has rebuilt it, until <see cref="Adopt"/>.
    /// </returns>
    public bool TryAdd(string[] users, ClaimDecision decision)
    {
        lock (_gate)
        {
            if (!_isRebuilding && (_epoch < 0 || (decision.Epoch > _epoch && _wins.Count == 0)))
                Start(decision.Epoch, 0, 0);
            if (_isRebuilding || decision.Epoch != _epoch)
                return false;
            _owners = Math.Max(_owners, decision.Owners);
            var position = decision.FirstPosition;
            for (var i = 0; i < users.Length; i++)
            {
                if (decision.Outcomes[i] != ClaimOutcome.Claimed)
                    continue;
                if (position >= _drained && places.TryTake())
                    _wins.Enqueue(new QueueEntry(decision.Micros, users[i]), position);
                position++;
            }
            return true;
        }
    }

    /// <summary>Forgets what was drained.</summary>
    /// <param name="epoch">Of the queue.</param>
    /// <param name="position">Everything before it is in the ledger.</param>
    public void Forget(long epoch, long position)
    {
        lock (_gate)
        {
            if (epoch != _epoch || _isRebuilding)
                return;
            _drained = Math.Max(_drained, position);
            while (_wins.TryPeek(out _, out var first) && first < _drained)
            {
                _wins.Dequeue();
                places.Release(1);
            }
        }
    }

    /// <summary>Those remembered, in the order of winning.</summary>
    public List<QueueEntry> Remembered()
    {
        lock (_gate)
            return [.. _wins.UnorderedItems.OrderBy(win => win.Priority).Select(win => win.Element)];
    }

    /// <summary>The stock is about to be rebuilt: nobody wins until it is. To be followed by <see cref="EndRebuild"/>.</summary>
    /// <returns>What must be in it.</returns>
    public List<QueueEntry> BeginRebuild()
    {
        lock (_gate)
        {
            _isRebuilding = true;
            return Remembered();
        }
    }

    /// <summary>The end of rebuilding.</summary>
    /// <param name="rebuilt">The new stock, or null where it failed and all is as before.</param>
    /// <returns>How many owners there were at least that are none any more.</returns>
    public long EndRebuild(RebuiltStock? rebuilt)
    {
        lock (_gate)
        {
            _isRebuilding = false;
            if (rebuilt is null)
                return 0;
            var lost = Math.Max(0, _owners - rebuilt.Owners);
            Start(rebuilt.Epoch, rebuilt.Drained, rebuilt.Owners);
            for (var i = 0; i < rebuilt.Queue.Count && places.TryTake(); i++)
                _wins.Enqueue(rebuilt.Queue[i], rebuilt.Drained + i);
            return lost;
        }
    }

    /// <summary>Goes on in an epoch that somebody else began, after all that is remembered was found in that one's stock.</summary>
    /// <param name="epoch">The other's.</param>
    /// <param name="found">How many were found.</param>
    public void Adopt(long epoch, int found)
    {
        lock (_gate)
        {
            if (!_isRebuilding && epoch > _epoch && _wins.Count == found)
                Start(epoch, 0, 0);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_gate)
            Start(long.MaxValue, long.MaxValue, 0);
    }

    private void Start(long epoch, long drained, long owners)
    {
        places.Release(_wins.Count);
        _wins.Clear();
        (_epoch, _drained, _owners) = (epoch, drained, owners);
    }
}

/// <summary>How many wins a silo remembers over all its coupons: as many as a MySQL that is away for long must not fill its memory with. Thread-safe.</summary>
/// <param name="count">That many.</param>
public sealed class WinPlaces(int count)
{
    /// <summary>For a silo: some 30 MB, a few seconds' worth of claims at full speed.</summary>
    public const int PerSilo = 200_000;

    private int _free = count;

    /// <summary>Takes a place, if there is one.</summary>
    public bool TryTake()
    {
        if (Interlocked.Decrement(ref _free) >= 0)
            return true;
        Interlocked.Increment(ref _free);
        return false;
    }

    /// <summary>Gives places back.</summary>
    public void Release(int places) => Interlocked.Add(ref _free, places);
}
