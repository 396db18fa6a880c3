namespace SecKill.Grains.Claims;

/// <summary>
/// The edges of a window that this silo was told of, under one version of the terms: for a rebuild, and for the ledger, which gets them
/// with the next relay. Not thread-safe: the sale that owns it locks.
/// </summary>
internal sealed class SeenLatches
{
    private WindowLatches _saved;

    /// <summary>The version of the terms.</summary>
    public long Version { get; private set; }

    public WindowLatches Seen { get; private set; }

    /// <summary>Whether the ledger may lack one of them.</summary>
    public bool AreUnsaved => !_saved.Covers(Seen);

    /// <summary>Notes what the stock has seen.</summary>
    /// <returns>Whether the ledger may lack one of them, and that is news.</returns>
    public bool Note(long version, WindowLatches seen)
    {
        if (version < Version || (version == Version && Seen.Covers(seen)))
            return false;
        if (version > Version)
            (Version, Seen, _saved) = (version, default, default);
        Seen = Seen.Or(seen);
        return AreUnsaved;
    }

    /// <summary>Notes what the ledger has.</summary>
    public void NoteSaved(long version, WindowLatches saved)
    {
        if (version == Version)
            _saved = _saved.Or(saved);
    }

    /// <summary>Forgets all: the stock is of another row of the ledger.</summary>
    public void Clear() => (Version, Seen, _saved) = (0, default, default);
}
