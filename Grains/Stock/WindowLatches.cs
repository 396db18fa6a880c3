namespace SecKill.Grains.Stock;

/// <summary>
/// The edges of a window that the stock has seen, in microseconds since 1970; null for one that it has not. What a script has latched
/// holds until the window is changed, in whichever store or memory it has survived.
/// </summary>
/// <param name="OpenedAt">When a script first saw that the sale had begun.</param>
/// <param name="EndedAt">When a script first saw that the sale was over.</param>
internal readonly record struct WindowLatches(long? OpenedAt, long? EndedAt)
{
    /// <summary>Whether the other has seen no edge that this has not.</summary>
    public bool Covers(WindowLatches other) => (OpenedAt ?? other.OpenedAt) == OpenedAt && (EndedAt ?? other.EndedAt) == EndedAt;

    /// <summary>What either has seen, and when this has, where both.</summary>
    public WindowLatches Or(WindowLatches other) => new(OpenedAt ?? other.OpenedAt, EndedAt ?? other.EndedAt);
}
