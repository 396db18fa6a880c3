using System.Collections.Concurrent;
using SecKill.Grains.Interfaces.Sessions;

namespace SecKill.Gateway.Accounts;

/// <summary>
/// The logged-out tokens in memory: an array of ids for each second of expiry, so that an id takes 16 bytes and a past second is dropped
/// at once. Reads are lock-free.
/// </summary>
internal sealed class LoggedOutTokens
{
    private readonly ConcurrentDictionary<long, Guid[]> _bySecond = new();
    private long _droppedBefore;

    /// <summary>The second before which everything was dropped. Tokens that expire earlier count as logged out, since they may be.</summary>
    public long DroppedBefore => Volatile.Read(ref _droppedBefore);

    /// <summary>Whether a token was logged out, or is so old that this is unknown.</summary>
    public bool Contains(Guid id, long expires) =>
        expires < DroppedBefore || (_bySecond.TryGetValue(expires, out var ids) && Array.BinarySearch(ids, id) >= 0);

    public void Add(Guid id, long expires) => Add([id], expires);

    public void Add(RevocationPage page)
    {
        for (int from = 0, to; from < page.Ids.Length; from = to)
        {
            to = from + 1;
            while (to < page.Ids.Length && page.Expiries[to] == page.Expiries[from])
                to++;
            Add(page.Ids[from..to].AsSpan(), page.Expiries[from]);
        }
    }

    /// <summary>Drops the tokens that expire before a second.</summary>
    public void DropBefore(long second)
    {
        if (second <= DroppedBefore)
            return;
        // Readers must refuse these tokens before they are dropped.
        Volatile.Write(ref _droppedBefore, second);
        foreach (var (expires, _) in _bySecond)
        {
            if (expires < second)
                _bySecond.TryRemove(expires, out _);
        }
    }

    /// <summary>Call it when all tokens that have not expired were added again, after the clock was set back.</summary>
    public void AllIsKnown() => Volatile.Write(ref _droppedBefore, 0);

    private void Add(ReadOnlySpan<Guid> ids, long expires)
    {
        while (true)
        {
            var isThere = _bySecond.TryGetValue(expires, out var old);
            var merged = Merged(old ?? [], ids);
            if (isThere ? _bySecond.TryUpdate(expires, merged, old!) : _bySecond.TryAdd(expires, merged))
                return;
        }
    }

    private static Guid[] Merged(Guid[] old, ReadOnlySpan<Guid> added)
    {
        var all = new Guid[old.Length + added.Length];
        old.CopyTo(all, 0);
        var count = old.Length;
        foreach (var id in added)
        {
            if (Array.BinarySearch(old, id) < 0)
                all[count++] = id;
        }
        Array.Resize(ref all, count);
        Array.Sort(all);
        return all;
    }
}
