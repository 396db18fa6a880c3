using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using SecKill.Grains.Interfaces.Coupons;
using SecKill.Grains.Lists;
using SecKill.Grains.Outbox;
using SecKill.Grains.Stock;

namespace SecKill.Grains.Claims;

/// <summary>The coupons that are active on this silo. Thread-safe.</summary>
public sealed class CouponSales
{
    private readonly ConcurrentDictionary<string, CouponSale> _sales = new();

    /// <summary>Notes an activation; a newer one of the same coupon takes the place of an older.</summary>
    internal void Add(string coupon, CouponSale sale) => _sales[coupon] = sale;

    /// <summary>Forgets an activation, unless a newer one has taken its place.</summary>
    internal void Remove(string coupon, CouponSale sale) => _sales.TryRemove(KeyValuePair.Create(coupon, sale));

    /// <summary>How many there are.</summary>
    internal int Active => _sales.Count;

    /// <summary>How many of them may be sold from without asking their grains.</summary>
    internal int Open => _sales.Count(sale => sale.Value.IsOpen);

    /// <summary>How many units of them are left, as far as this silo has heard.</summary>
    internal long Left => _sales.Sum(sale => (long)sale.Value.Left.Now);

    /// <summary>How many won claims wait to be drained.</summary>
    internal long Queued => _sales.Sum(sale => sale.Value.Backlog.Now.Depth);

    /// <summary>When the oldest of them was won, in microseconds since 1970; 0 where there is none.</summary>
    internal long OldestMicros
    {
        get
        {
            var oldest = long.MaxValue;
            foreach (var sale in _sales)
            {
                if (sale.Value.Backlog.Now.OldestMicros is > 0 and var micros && micros < oldest)
                    oldest = micros;
            }
            return oldest == long.MaxValue ? 0 : oldest;
        }
    }

    /// <summary>The claims of some customers that are remembered here because SQL does not have them yet.</summary>
    internal ListEntry[] UnpersistedOf(HashSet<string> customers) =>
        [.. _sales.SelectMany(sale => sale.Value.Wins.Of(customers).Select(win => new ListEntry(win.User, CouponId.Parse(sale.Key), win.Micros)))];

    /// <summary>Finds a coupon of which claims may be run.</summary>
    internal bool TryGetOpen(string coupon, [NotNullWhen(true)] out CouponSale? sale) => _sales.TryGetValue(coupon, out sale) && sale.IsOpen;
}
