using System.Globalization;

namespace SecKill.Grains.Stock;

/// <summary>A won claim in the outbox, written <c>micros:user</c>.</summary>
/// <param name="Micros">When it was won, in microseconds since 1970 by the clock of Redis.</param>
/// <param name="User">The winner.</param>
public readonly record struct QueueEntry(long Micros, string User)
{
    /// <summary>Reads an entry as it stands in the outbox.</summary>
    /// <exception cref="FormatException">It is no entry.</exception>
    public static QueueEntry Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return TryParse(text, out var entry) ? entry : throw new FormatException($"'{text}' is no queue entry.");
    }

    /// <summary>As <see cref="Parse"/>, for text that may be no entry.</summary>
    public static bool TryParse(string text, out QueueEntry entry)
    {
        ArgumentNullException.ThrowIfNull(text);
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        var isEntry = long.TryParse(text.AsSpan(0, Math.Max(colon, 0)), NumberStyles.None, CultureInfo.InvariantCulture, out var micros);
        entry = isEntry ? new QueueEntry(micros, text[(colon + 1)..]) : default;
        return isEntry;
    }

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Micros}:{User}");
}
