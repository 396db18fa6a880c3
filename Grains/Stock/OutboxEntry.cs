namespace SecKill.Grains.Stock;

/// <summary>A won claim in the outbox, written <c>micros:user</c>.</summary>
/// <param name="Micros">When it was won, in microseconds since 1970 by the clock of Redis.</param>
/// <param name="User">The winner.</param>
public readonly record struct OutboxEntry(long Micros, string User)
{
    /// <summary>Reads an entry as it stands in the outbox.</summary>
    /// <exception cref="FormatException">It is no entry.</exception>
    public static OutboxEntry Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return TryParse(text, out var entry) ? entry : throw new FormatException($"'{text}' is no outbox entry.");
    }

    /// <summary>As <see cref="Parse"/>, for text that may be no entry.</summary>
    public static bool TryParse(string text, out OutboxEntry entry)
    {
        ArgumentNullException.ThrowIfNull(text);
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        var isEntry = long.TryParse(text.AsSpan(0, Math.Max(colon, 0)), NumberStyles.None, CultureInfo.InvariantCulture, out var micros);
        entry = isEntry ? new OutboxEntry(micros, text[(colon + 1)..]) : default;
        return isEntry;
    }

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Micros}:{User}");
}

/// <summary>The head of a coupon's outbox.</summary>
/// <param name="State">Unless verified, the rest is undefined.</param>
/// <param name="Coupon">The coupon's row in the ledger.</param>
/// <param name="Epoch">The outbox's epoch.</param>
/// <param name="Position">Entries drained before the head.</param>
/// <param name="Version">Of the ledger's terms, as the stock has them.</param>
/// <param name="Returned">How many names have returned their unit.</param>
/// <param name="Entries">The first entries; empty if all are drained.</param>
internal readonly record struct OutboxHead(StockState State, LedgerKey Coupon, long Epoch, long Position, long Version, long Returned, OutboxEntry[] Entries)
{
    /// <summary>What is to be written.</summary>
    public DrainBatch Batch => new(Coupon, Epoch, Position, Entries);
}
