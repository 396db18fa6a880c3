using System.Text.Json;
using SecKill.Bench.Http;
using SecKill.Bench.Load;
using SecKill.Tests.LocalServers.Sales;

namespace SecKill.Bench.Scenarios;

/// <summary>Lists the seller's coupons repeatedly, page by page, and detects stale pages.</summary>
internal sealed class ListReader : Visitor
{
    private readonly Stage _stage;
    private readonly Findings _freshness;
    private readonly long _user;
    private readonly byte[][] _heads;
    private readonly long[] _wonBefore;
    private readonly (int Coupon, long Left)[] _rows = new (int, long)[CouponRows.PageSize];
    private int _page;

    /// <summary>Reads over a connection.</summary>
    public ListReader(Stage stage, int connection, Findings freshness)
    {
        (_stage, _freshness) = (stage, freshness);
        _user = connection % stage.Crowd.Size;
        _page = connection;
        _wonBefore = new long[stage.Book.Count];
        var pages = (stage.Book.Count + CouponRows.PageSize - 1) / CouponRows.PageSize;
        _heads = [.. Enumerable.Range(1, pages).Select(page => stage.ListHead(connection, stage.Seller.Name, page))];
    }

    private int Expected => Math.Min(CouponRows.PageSize, _stage.Book.Count - _page * CouponRows.PageSize);

    public override bool TryPrepare()
    {
        _page = (_page + 1) % _heads.Length;
        Request.Begin(_heads[_page]);
        _stage.Crowd.WriteToken(_user, Request);
        return true;
    }

    public override void Sending()
    {
        // All coupons: the server decides which ones the page shows.
        for (var i = 0; i < _wonBefore.Length; i++)
            _wonBefore[i] = Volatile.Read(ref _stage.Book.Entries[i].Won);
    }

    public override void Answered(in HttpReply reply)
    {
        if (reply.Status is not (200 or 204))
            return;
        _freshness.CountChecked();
        try
        {
            var count = reply.Status == 200 ? CouponRows.Read(reply.Body.Span, _rows) : 0;
            if (count != Expected)
                _freshness.Add($"page {_page + 1} has {count} coupons instead of {Expected}");
            foreach (var row in _rows.AsSpan(0, count))
                Check(row.Coupon, row.Left);
        }
        catch (JsonException fault)
        {
            _freshness.Add($"page {_page + 1} cannot be read: {fault.Message}");
        }
    }

    private void Check(int coupon, long left)
    {
        if (coupon >= _wonBefore.Length)
        {
            _freshness.Add($"page {_page + 1} has {Stage.CouponName(coupon)}, which was never created");
            return;
        }
        var (lowest, highest) = SaleJudge.LeftBetween(_stage.Book.Units, _wonBefore[coupon], Volatile.Read(ref _stage.Book.Entries[coupon].Claims));
        if (left < lowest || left > highest)
            _freshness.Add($"{Stage.CouponName(coupon)} shows {left:N0} left, expected {lowest:N0} to {highest:N0}");
    }
}
