namespace SecKill.Tests.LocalServers.Sales;

/// <summary>From when to when customers are known to have waited, so that one who did before and after something is found at once.</summary>
internal sealed class KnownWaits<TCustomer>
{
    private readonly long[] _joined;

    // Of all who had joined by then, the one that is known to have waited longest.
    private readonly (TCustomer Customer, long Waited)[] _longest;

    public KnownWaits(IEnumerable<(TCustomer Customer, long Joined, long Waited)> waits)
    {
        var sorted = waits.OrderBy(wait => wait.Joined).ToArray();
        _joined = [.. sorted.Select(wait => wait.Joined)];
        _longest = new (TCustomer, long)[sorted.Length];
        for (var i = 0; i < sorted.Length; i++)
            _longest[i] = i > 0 && _longest[i - 1].Waited >= sorted[i].Waited ? _longest[i - 1] : (sorted[i].Customer, sorted[i].Waited);
    }

    /// <summary>One who was in line before a moment, and still after another; in words, or null.</summary>
    public string? Find(long before, long after)
    {
        var at = Array.BinarySearch(_joined, before);
        // All that joined at an earlier moment.
        var count = at < 0 ? ~at : at;
        while (count > 0 && _joined[count - 1] >= before)
            count--;
        return count > 0 && _longest[count - 1].Waited > after ? $"{_longest[count - 1].Customer}" : null;
    }
}
