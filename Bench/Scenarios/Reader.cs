using System.Text.Json;
using SecKill.Bench.Http;
using SecKill.Bench.Load;

namespace SecKill.Bench.Scenarios;

/// <summary>Reads the seller's list repeatedly, page by page, and detects stale pages.</summary>
internal sealed class Reader : Visitor
{
    private readonly Stage _stage;
    private readonly Violations _stale;
    private readonly long _user;
    private readonly byte[][] _heads;
    private readonly long[] _wonBefore;
    private readonly (int Coupon, long Left)[] _rows = new (int, long)[CouponRows.PageSize];
    private int _page;

    /// <summary>Reads over a connection.</summary>
    public Reader(Stage stage, int connection, Violations stale)
    {
        (_stage, _stale) = (stage, stale);
        _user = connection % stage.Crowd.Size;
        _page = connection;
        _wonBefore = new long[stage.Book.Count];
        var pages = (stage.Book.Count + CouponRows.PageSize - 1) / CouponRows.PageSize;
        _heads = [.. Enumerable.Range(1, pages).Select(page => stage.ListHead(connection, stage.Seller.Name, page))];
    }

    private int Expected => Math.Min(CouponRows.PageSize, _stage.Book.Count - _page * CouponRows.PageSize);

    /// <inheritdoc/>
    public override bool TryPrepare()
    {
        _page = (_page + 1) % _heads.Length;
        Request.Begin(_heads[_page]);
        _stage.Crowd.WriteToken(_user, Request);
        return true;
    }

    /// <inheritdoc/>
    public override void Sending()
    {
        // All coupons: the server decides which ones the page shows.
        for (var i = 0; i < _wonBefore.Length; i++)
            _wonBefore[i] = Volatile.Read(ref _stage.Book.Entries[i].Won);
    }

    /// <inheritdoc/>
    public override void Answered(in Answer answer)
    {
        if (answer.Status is not (200 or 204))
            return;
        _stale.CountChecked();
        try
        {
            var count = answer.Status == 200 ? CouponRows.Read(answer.Body.Span, _rows) : 0;
            if (count != Expected)
                _stale.Add($"page {_page + 1} has {count} coupons instead of {Expected}");
            foreach (var row in _rows.AsSpan(0, count))
                Check(row.Coupon, row.Left);
        }
        catch (JsonException fault)
        {
            _stale.Add($"page {_page + 1} cannot be read: {fault.Message}");
        }
    }

    /// <inheritdoc/>
    public override void Lost()
    {
    }

    private void Check(int coupon, long left)
    {
        if (coupon >= _wonBefore.Length)
        {
            _stale.Add($"page {_page + 1} has {Stage.CouponName(coupon)}, which was never created");
            return;
        }
        var highest = _stage.Book.Pieces - _wonBefore[coupon];
        var lowest = Math.Max(0, _stage.Book.Pieces - Volatile.Read(ref _stage.Book.Entries[coupon].Claims));
        if (left < lowest || left > highest)
            _stale.Add($"{Stage.CouponName(coupon)} shows {left:N0} left, expected {lowest:N0} to {highest:N0}");
    }
}
