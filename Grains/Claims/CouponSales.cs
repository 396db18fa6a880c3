using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using SecKill.ServiceDefaults.Stops;

namespace SecKill.Grains.Claims;

/// <summary>The sales of the coupons that are active on this silo. Thread-safe.</summary>
internal sealed class CouponSales
{
    private readonly ConcurrentDictionary<string, CouponSale> _sales = new();

    /// <summary>Adds an activation's sale; a newer one of the same coupon replaces an older.</summary>
    public void Add(string coupon, CouponSale sale) => _sales[coupon] = sale;

    /// <summary>Removes an activation's sale, unless a newer one has replaced it.</summary>
    public void Remove(string coupon, CouponSale sale) => _sales.TryRemove(KeyValuePair.Create(coupon, sale));

    public int Active => _sales.Count;

    public int Batched => _sales.Count(sale => sale.Value.Phase == SalePhase.Batched);

    /// <summary>The units left of all, as far as this silo has heard.</summary>
    public long Left => _sales.Sum(sale => (long)sale.Value.Leases.Left);

    /// <summary>The length of all their outboxes, and when the oldest claim in them was won, in microseconds since 1970; 0 where there is none.</summary>
    public (long Length, long OldestMicros) Outbox => Sum(sale => sale.Outbox);

    /// <summary>The same of their waitlogs.</summary>
    public (long Length, long OldestMicros) Waitlog => Sum(sale => sale.Waitlog);

    /// <summary>How many customers wait for a unit of any.</summary>
    public long Waiting => _sales.Sum(sale => sale.Value.Line.Waiting);

    /// <summary>The units left that those should get, but for stopped sales, which serve none.</summary>
    public long Unserved(KnownStops stops) => _sales.Sum(sale => sale.Value.Line.Unserved is > 0 and var unserved && !stops.Covers(sale.Key) ? (long)unserved : 0);

    public ListEntry[] UnpersistedOf(HashSet<string> customers) =>
        [.. _sales.SelectMany(sale => sale.Value.UnpersistedOf(customers).Select(claim => ListEntry.OfOwner(CouponId.Parse(sale.Key), claim)))];

    private (long Length, long OldestMicros) Sum(Func<CouponSale, (long Length, long OldestMicros)> read)
    {
        var (length, oldest) = (0L, 0L);
        foreach (var (_, sale) in _sales)
        {
            var one = read(sale);
            length += one.Length;
            if (one.OldestMicros > 0 && (oldest == 0 || one.OldestMicros < oldest))
                oldest = one.OldestMicros;
        }
        return (length, oldest);
    }

    /// <summary>Finds a sale whose claims the batch grain may send.</summary>
    public bool TryGetBatched(string coupon, [NotNullWhen(true)] out CouponSale? sale) =>
        _sales.TryGetValue(coupon, out sale) && sale.Phase == SalePhase.Batched;
}
