using SecKill.Grains.Interfaces;
using SecKill.Grains.Interfaces.Audit;
using SecKill.Grains.Interfaces.Coupons;
using SecKill.Grains.Ledger;
using SecKill.Grains.Stock;

namespace SecKill.Grains.Audit;

/// <summary>
/// Finds what Redis knows and the ledger has forgotten, which only a ledger can that was put back to an earlier state: an
/// asynchronous replica that was promoted, a backup. Cheap: a page of coupons costs one query and one script call. Writes nothing.
/// </summary>
internal sealed class LedgerComparison(StockServer server, ILedger ledger)
{
    /// <summary>How many coupons one script call looks at; Redis does nothing else meanwhile, for some milliseconds.</summary>
    public const int PageSize = 200;

    /// <summary>Compares all of the ledger's coupons, newest first.</summary>
    /// <param name="paceAsync">Waited for after each page.</param>
    /// <returns>Those of which Redis knows more than the ledger, or another one of the same name; and the identities of all.</returns>
    /// <exception cref="UnavailableException">Redis or SQL cannot be reached.</exception>
    public async Task<(IReadOnlyList<CouponId> Behind, IReadOnlySet<long> Known)> BehindAsync(Func<Task> paceAsync)
    {
        var (behind, known) = (new List<CouponId>(), new HashSet<long>());
        for (var below = long.MaxValue; below > 0;)
        {
            var page = await PageAsync(below);
            behind.AddRange(page.Behind);
            known.UnionWith(page.Identities);
            below = page.Next;
            await paceAsync();
        }
        return (behind, known);
    }

    private async Task<ComparedPage> PageAsync(long belowId)
    {
        var coupons = await ledger.CouponsAsync(belowId, PageSize);
        if (coupons.Count == 0)
            return new ComparedPage([], [], 0);
        var stocks = await ReadAsync([.. coupons.Select(coupon => coupon.Id)]);
        var behind = coupons.Where((coupon, i) => IsBehind(coupon, stocks[i])).Select(coupon => coupon.Id).ToList();
        if (behind.Count > 0)
        {
            // Redis was read after the ledger, and what was drained or rebuilt in between looks the same. Redis never goes before
            // the ledger, so a ledger that is read once more now and still has less has lost something.
            var again = (await ledger.CouponsAsync(coupons[0].LedgerId + 1, PageSize)).ToDictionary(coupon => coupon.Id);
            behind = [.. coupons.Where((coupon, i) => again.TryGetValue(coupon.Id, out var row) && IsBehind(row, stocks[i])).Select(coupon => coupon.Id)];
        }
        return new ComparedPage(
            behind, [.. coupons.Select(coupon => coupon.Key.Identity)], coupons.Count < PageSize ? 0 : coupons[^1].LedgerId);
    }

    /// <summary>Finds the coupons that Redis has and the ledger has not. It looks at all keys in Redis.</summary>
    /// <param name="known">The identities of the ledger's coupons.</param>
    /// <param name="paceAsync">Waited for after each page.</param>
    /// <exception cref="UnavailableException">Redis or SQL cannot be reached.</exception>
    public async Task<IReadOnlyList<CouponId>> LostAsync(IReadOnlySet<long> known, Func<Task> paceAsync)
    {
        var lost = new List<CouponId>();
        foreach (var page in (await server.CouponsAsync()).Chunk(PageSize))
        {
            var stocks = await ReadAsync(page);
            for (var i = 0; i < page.Length; i++)
            {
                // It may have been created since the ledger was read, or be of a version without identities.
                if (stocks[i] is { } stock && !known.Contains(stock.Identity) && await IsLostAsync(page[i]))
                    lost.Add(page[i]);
            }
            await paceAsync();
        }
        return lost;
    }

    /// <summary>Whether the ledger has no such coupon although Redis has.</summary>
    public async Task<bool> IsLostAsync(CouponId id) => await ledger.FindAsync(id) is null && await server.ExistsAsync(StockKeys.OfCoupon(id)[0]);

    private static bool IsBehind(LedgerCoupon row, StockCounts? stock) =>
        stock is { Condition: not (StockState.Missing or StockState.Closed) }
        && ((stock.Identity >= 0 && stock.Identity != row.Key.Identity)
            || stock.Epoch > row.Epoch
            || (stock.Epoch == row.Epoch && stock.Base > row.Drained));

    /// <returns>Null for each that no script can read.</returns>
    private async Task<StockCounts?[]> ReadAsync(IReadOnlyList<CouponId> ids)
    {
        var replies = await server.EvaluateAsync(Script.Audit, [.. ids.Select(id => AuditedStock.Call(id))]);
        return [.. replies.Select(reply => AuditedStock.Parse(server, reply).Counts)];
    }
}

/// <summary>Some of the ledger's coupons, compared with Redis.</summary>
/// <param name="Behind">Those of which Redis knows more than the ledger, or another one of the same name.</param>
/// <param name="Identities">Of all of them.</param>
/// <param name="Next">The id below which the next page begins, or 0 after the last.</param>
internal readonly record struct ComparedPage(IReadOnlyList<CouponId> Behind, IReadOnlyList<long> Identities, long Next);
