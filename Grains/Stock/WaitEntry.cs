namespace SecKill.Grains.Stock;

/// <summary>An entry of the waitlog: a customer joined the waiting list, <c>+micros:serial:user</c>, or left it, <c>-micros:serial:user</c>.</summary>
/// <param name="IsJoin">Whether the customer joined.</param>
/// <param name="Micros">When, in microseconds since 1970 by the clock of Redis.</param>
/// <param name="Serial">Where in line the customer stands or stood: smaller ones are served first.</param>
/// <param name="User">The customer.</param>
public readonly record struct WaitEntry(bool IsJoin, long Micros, long Serial, string User)
{
    /// <summary>Reads an entry as it stands in the waitlog.</summary>
    /// <exception cref="FormatException">It is no entry.</exception>
    public static WaitEntry Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return TryParse(text, out var entry) ? entry : throw new FormatException($"'{text}' is no entry of a waitlog.");
    }

    /// <summary>As <see cref="Parse"/>, for text that may be no entry.</summary>
    public static bool TryParse(string text, out WaitEntry entry)
    {
        ArgumentNullException.ThrowIfNull(text);
        entry = default;
        if (text.Length < 2 || text[0] is not ('+' or '-'))
            return false;
        var first = text.IndexOf(':', StringComparison.Ordinal);
        var second = first < 0 ? -1 : text.IndexOf(':', first + 1);
        if (second < 0
            || !long.TryParse(text.AsSpan(1, first - 1), NumberStyles.None, CultureInfo.InvariantCulture, out var micros)
            || !long.TryParse(text.AsSpan(first + 1, second - first - 1), NumberStyles.None, CultureInfo.InvariantCulture, out var serial))
            return false;
        entry = new WaitEntry(text[0] == '+', micros, serial, text[(second + 1)..]);
        return true;
    }

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{(IsJoin ? '+' : '-')}{Micros}:{Serial}:{User}");
}

/// <summary>The head of a coupon's waitlog.</summary>
/// <param name="State">Unless verified, the rest is undefined.</param>
/// <param name="Coupon">The coupon's row in the ledger.</param>
/// <param name="Epoch">The stock's epoch.</param>
/// <param name="Position">Entries drained before the head.</param>
/// <param name="Entries">The first entries; empty if all are drained.</param>
internal readonly record struct WaitlogHead(StockState State, LedgerKey Coupon, long Epoch, long Position, WaitEntry[] Entries);
