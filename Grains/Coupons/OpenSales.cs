using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;

namespace SecKill.Grains.Coupons;

/// <summary>The coupons that are active on this silo. Thread-safe.</summary>
public sealed class OpenSales
{
    private readonly ConcurrentDictionary<string, OpenSale> _sales = new();

    /// <summary>Notes an activation; a newer one of the same coupon takes the place of an older.</summary>
    internal void Add(string coupon, OpenSale sale) => _sales[coupon] = sale;

    /// <summary>Forgets an activation, unless a newer one has taken its place.</summary>
    internal void Remove(string coupon, OpenSale sale) => _sales.TryRemove(KeyValuePair.Create(coupon, sale));

    /// <summary>Finds a coupon of which claims may be run.</summary>
    internal bool TryGetOpen(string coupon, [NotNullWhen(true)] out OpenSale? sale) => _sales.TryGetValue(coupon, out sale) && sale.IsOpen;
}
