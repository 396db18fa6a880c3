using System.Text.Json;
using SecKill.Bench.Http;
using SecKill.Bench.Load;
using SecKill.Tests.LocalServers.Sales;

namespace SecKill.Bench.Scenarios;

/// <summary>Lists, claims and lists again for each coupon, then starts over as a new customer.</summary>
internal sealed class Traveller(Stage stage, int connection, Findings wrong) : Visitor
{
    private const int ListBefore = 0;
    private const int Claim = 1;
    private const int ListAfter = 2;

    private readonly (int Coupon, long Left)[] _rows = new (int, long)[CouponRows.PageSize];
    private long _user = -1;
    private int _journey;
    private int _next = ListBefore;
    private int _won;
    private int _unknown;
    private bool? _hasWon;

    /// <summary>The user's journeys begin at different coupons, so that all of them sell.</summary>
    private int Coupon => (int)((_user + _journey) % stage.Book.Count);

    public override bool TryPrepare()
    {
        if (_user < 0 && !stage.Crowd.TryTake(out _user))
            return false;
        Operation = _next;
        // The coupon comes to the end of the list.
        Request.Begin(Operation == Claim
            ? stage.ClaimHead(connection, Coupon)
            : stage.ListHead(connection, stage.Crowd.NameOf(_user), LastPage));
        stage.Crowd.WriteToken(_user, Request);
        return true;
    }

    public override void Sending()
    {
        if (Operation == Claim)
            stage.Book.Sending(Coupon);
    }

    public override void Answered(in HttpReply reply)
    {
        if (Operation == Claim)
        {
            stage.Book.Answered(Coupon, _user, reply);
            _hasWon = reply.Status switch { 201 => true, 204 => false, _ => null };
            _won += _hasWon is true ? 1 : 0;
            _unknown += _hasWon is null ? 1 : 0;
        }
        else if (Operation == ListAfter)
        {
            Check(reply);
        }
        Proceed();
    }

    public override void Lost()
    {
        if (Operation == Claim)
        {
            _hasWon = null;
            _unknown++;
        }
        Proceed();
    }

    private int LastPage => Math.Max(0, _won - 1) / CouponRows.PageSize + 1;

    private void Proceed()
    {
        if (_next != ListAfter)
        {
            _next++;
            return;
        }
        _next = ListBefore;
        if (++_journey < stage.Book.Count)
            return;
        (_user, _journey, _won, _unknown) = (-1, 0, 0, 0);
    }

    private void Check(in HttpReply reply)
    {
        // An undecided claim may have moved the coupon to another page.
        if (_hasWon is not { } hasWon || reply.Status is not (200 or 204) || (_won + _unknown - 1) / CouponRows.PageSize + 1 > LastPage)
            return;
        wrong.CountChecked();
        try
        {
            var count = reply.Status == 200 ? CouponRows.Read(reply.Body.Span, _rows) : 0;
            var isShown = false;
            foreach (var row in _rows.AsSpan(0, count))
                isShown |= row.Coupon == Coupon;
            if (isShown != hasWon)
                wrong.Add($"{stage.Crowd.NameOf(_user)} {(hasWon ? "won" : "was refused")} {Stage.CouponName(Coupon)}, which the list {(isShown ? "shows" : "does not show")}");
        }
        catch (JsonException fault)
        {
            wrong.Add($"the list of {stage.Crowd.NameOf(_user)} cannot be read: {fault.Message}");
        }
    }
}
