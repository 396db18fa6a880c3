namespace SecKill.Grains.Interfaces.Coupons;

/// <summary>An <see cref="OwnerFilter"/> in the making. Names may be added by several threads at once.</summary>
/// <param name="capacity">How many names it is made for. With more of them it excludes ever fewer others.</param>
public sealed class OwnerFilterBuilder(long capacity)
{
    private readonly ulong[] _bits = OwnerFilter.BitsFor(capacity);

    /// <summary>Adds a name.</summary>
    public void Add(string owner) => OwnerFilter.Add(_bits, owner);

    /// <summary>Adds a name in UTF-8.</summary>
    public void Add(ReadOnlySpan<byte> owner) => OwnerFilter.Add(_bits, owner);

    /// <inheritdoc cref="OwnerFilter.MayContain(string)"/>
    public bool MayContain(string user) => OwnerFilter.MayContain(_bits, user);

    /// <summary>The names added so far, as a filter that does not change.</summary>
    public OwnerFilter ToFilter(FilterStamp stamp) => new(stamp, [.. _bits], []);
}
