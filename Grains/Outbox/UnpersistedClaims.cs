using SecKill.Grains.Interfaces;
using SecKill.Grains.Interfaces.Coupons;
using SecKill.Grains.Recovery;
using SecKill.Grains.Stock;
using SecKill.Grains.Telemetry;

namespace SecKill.Grains.Outbox;

/// <summary>
/// The owners of one coupon of whom this activation has told somebody and who are not drained yet. Should Redis lose them (wiped,
/// restarted with an older file, failed over to a replica that was behind), they are put back when the stock is rebuilt. Whoever is not taken note
/// of here must not be told that he owns a piece. Thread-safe.
/// </summary>
/// <param name="places">What the silo may remember in all; whoever finds no place is only counted.</param>
internal sealed class UnpersistedClaims(ClaimSlots places) : IDisposable
{
    private readonly Lock _gate = new();

    // In the order of coming, which is nearly that of positions, so that nothing need be sorted while it sells: whoever comes
    // behind a later position is kept as long as that one.
    private readonly Queue<Win> _wins = new();

    private readonly HashSet<string> _users = [];
    private long _keptUntil = -1;
    private long _epoch = -1;
    private long _drained = -1;
    private long _owners;
    private bool _isRebuilding;
    private bool _isDisposed;

    /// <summary>Whether any is remembered.</summary>
    public bool Any
    {
        get
        {
            lock (_gate)
                return _wins.Count > 0;
        }
    }

    /// <summary>The latest epoch known here, or −1.</summary>
    public long Epoch
    {
        get
        {
            lock (_gate)
                return _isDisposed ? -1 : _epoch;
        }
    }

    /// <summary>Takes note of the owners that a decision tells of.</summary>
    /// <returns>
    /// False where the stock was rebuilt since, or is at the moment, so that they may not be in it: nobody may be told that he owns a piece.
    /// Also where somebody else has rebuilt it, until <see cref="TryAdoptAsync"/>.
    /// </returns>
    public bool TryAdd(string[] users, ClaimDecision decision)
    {
        lock (_gate)
        {
            if (_isRebuilding || _isDisposed)
                return false;
            if (_epoch < 0 || (decision.Epoch > _epoch && _wins.Count == 0))
                Start(decision.Epoch, -1, 0);
            if (decision.Epoch != _epoch)
                return false;
            _owners = Math.Max(_owners, decision.Owners);
            var position = decision.FirstPosition;
            for (var i = 0; i < users.Length; i++)
            {
                if (decision.Outcomes[i] == ClaimOutcome.Claimed)
                    Add(new QueueEntry(decision.Micros, users[i]), position++);
                // Won before, perhaps by a claim whose answer was lost, so that only this one tells of it. Not where all were drained.
                else if (decision.Outcomes[i] == ClaimOutcome.AlreadyClaimed && _drained >= 0)
                    Add(new QueueEntry(decision.Micros, users[i]), decision.FirstPosition - 1);
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
            var forgotten = 0;
            while (_wins.TryPeek(out var first) && first.KeptUntil < _drained)
            {
                _users.Remove(_wins.Dequeue().Entry.User);
                forgotten++;
            }
            places.Release(forgotten);
        }
    }

    /// <summary>Whether somebody else has rebuilt the stock while something was remembered here.</summary>
    /// <param name="epoch">The present one.</param>
    public bool IsBehind(long epoch)
    {
        lock (_gate)
            return _wins.Count > 0 && _epoch < epoch;
    }

    /// <summary>Goes on in an epoch that somebody else began, if all that is remembered is in that one's stock.</summary>
    /// <returns>False where it is not, so that it must be put back.</returns>
    /// <exception cref="UnavailableException">Redis does not answer.</exception>
    public async Task<bool> TryAdoptAsync(long epoch, CouponStock stock)
    {
        var wins = Remembered();
        if (!await stock.AreOwnersAsync([.. wins.Select(win => win.User)]))
            return false;
        // Each owner has passed the queue once, so none of them stands at this position or later.
        var end = await stock.CountOwnersAsync();
        lock (_gate)
        {
            if (_isRebuilding || _isDisposed || epoch <= _epoch || _wins.Count != wins.Count)
                return true;
            Start(epoch, -1, end);
            foreach (var win in wins)
                Add(win, end - 1);
            return true;
        }
    }

    /// <summary>The stock is about to be rebuilt: nobody wins until it is. To be followed by <see cref="EndRebuild"/>.</summary>
    /// <returns>What must be in it, in the order of winning.</returns>
    /// <exception cref="UnavailableException">The activation has ended, and with it what it remembered.</exception>
    public List<QueueEntry> BeginRebuild()
    {
        lock (_gate)
        {
            if (_isDisposed)
                throw new UnavailableException("The coupon is leaving this silo.");
            _isRebuilding = true;
            return Remembered();
        }
    }

    /// <summary>The end of rebuilding.</summary>
    /// <param name="rebuilt">The new stock, or null where it failed and all is as before.</param>
    /// <returns>How many owners there were, as far as known here, that are none any more and were not dropped for want of a piece.</returns>
    public long EndRebuild(RebuiltStock? rebuilt)
    {
        lock (_gate)
        {
            _isRebuilding = false;
            if (rebuilt is null || _isDisposed)
                return 0;
            var lost = Math.Max(0, _owners - rebuilt.Owners - rebuilt.Dropped);
            Start(rebuilt.Epoch, rebuilt.Drained, rebuilt.Owners);
            for (var i = 0; i < rebuilt.Queue.Count; i++)
                Add(rebuilt.Queue[i], rebuilt.Drained + i);
            return lost;
        }
    }

    /// <summary>Those remembered, in the order of winning.</summary>
    internal List<QueueEntry> Remembered()
    {
        lock (_gate)
            return [.. _wins.OrderBy(win => win.Position).Select(win => win.Entry)];
    }

    /// <summary>Those remembered of some customers.</summary>
    public IReadOnlyList<QueueEntry> Of(HashSet<string> customers)
    {
        lock (_gate)
        {
            // Most coupons have none of them: found out by looking up the fewer of both.
            var some = _users.Count < customers.Count ? customers.Overlaps(_users) : _users.Overlaps(customers);
            return some ? [.. _wins.Select(win => win.Entry).Where(entry => customers.Contains(entry.User))] : [];
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_gate)
        {
            _isDisposed = true;
            Start(long.MaxValue, -1, 0);
        }
    }

    private void Add(QueueEntry win, long position)
    {
        if (position < _drained || !_users.Add(win.User))
            return;
        if (places.TryTake())
        {
            _wins.Enqueue(new Win(win, position, _keptUntil = Math.Max(_keptUntil, position)));
        }
        else
        {
            SiloMetrics.WinsUnremembered.Add();
            _users.Remove(win.User);
        }
    }

    private void Start(long epoch, long drained, long owners)
    {
        places.Release(_wins.Count);
        _wins.Clear();
        _users.Clear();
        (_epoch, _drained, _owners, _keptUntil) = (epoch, drained, owners, -1);
    }

    /// <param name="Entry">As it is queued.</param>
    /// <param name="Position">In the queue, or a later one where only that is known.</param>
    /// <param name="KeptUntil">The position that must be drained before it is forgotten.</param>
    private readonly record struct Win(QueueEntry Entry, long Position, long KeptUntil);
}

/// <summary>How many wins a silo remembers over all its coupons: as many as a MySQL that is away for long must not fill its memory with. Thread-safe.</summary>
/// <param name="count">That many.</param>
public sealed class ClaimSlots(int count)
{
    /// <summary>For a silo: some 50 MB, a few seconds' worth of claims at full speed.</summary>
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
