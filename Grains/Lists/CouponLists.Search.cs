using SecKill.Grains.Interfaces.Lists;

namespace SecKill.Grains.Lists;

/// <remarks>This part searches: the ledger tells which coupons there are, Redis what is left of each.</remarks>
internal sealed partial class CouponLists
{
    private const int RowsAtOnce = 200;

    private const int MaxLookedAt = 1_000;

    // Beyond either a page ends, so that none takes longer than a call may: a coupon that cannot be verified costs seconds.
    private static readonly TimeSpan _longestSearch = TimeSpan.FromSeconds(3);

    /// <summary>Finds coupons of a seller by text and state, at most a page of them.</summary>
    public async Task<CouponsFound> SearchAsync(CouponSearch search)
    {
        var found = new List<CouponItem>();
        var (after, began) = (search.After, _time.GetTimestamp());
        for (var lookedAt = 0; lookedAt < MaxLookedAt; lookedAt += RowsAtOnce)
        {
            var rows = await _ledger.CouponsAfterAsync(search.Seller, after, RowsAtOnce);
            foreach (var some in rows.Where(row => search.Text is null || row.Id.Name.Value.Contains(search.Text, StringComparison.OrdinalIgnoreCase)).Chunk(CouponPage.Size))
            {
                foreach (var (row, item) in some.Zip(await Task.WhenAll(some.Select(ItemAsync))))
                {
                    if (item is null || (search.State is { } wanted && item.State is { } state && state != wanted))
                        continue;
                    found.Add(item);
                    if (found.Count == CouponPage.Size)
                        return Page(row);
                }
                if (_time.GetElapsedTime(began) > _longestSearch)
                    return Page(some[^1]);
            }
            if (rows.Count < RowsAtOnce)
                return new CouponsFound([.. found], null);
            after = rows[^1].LedgerId;

            CouponsFound Page(LedgerCoupon last) => new([.. found], last == rows[^1] && rows.Count < RowsAtOnce ? null : last.LedgerId);
        }
        return new CouponsFound([.. found], after);
    }

    private async Task<CouponItem?> ItemAsync(LedgerCoupon row)
    {
        if (await _rows.OfSellerAsync([row.Id], []) is not [var item])
            return null;
        // Without a verified stock its state is not known.
        if (item.Left is not { } left)
            return item with { Amount = row.Terms.Amount };
        // A plain coupon has no others of its own.
        if (row.Version == 0)
            return item with { State = _stops.Seen(row.Id, left == 0 ? SaleState.SoldOut : SaleState.Open) };
        var sale = await new CouponStock(_server, row.Id).SnapshotAsync(default);
        return sale is null ? item : item with { Amount = sale.Amount, Left = sale.Left, State = _stops.Seen(row.Id, sale.State) };
    }
}
