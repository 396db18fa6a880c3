using SecKill.Grains.Interfaces.Audit;

namespace SecKill.Grains.Recovery;

/// <summary>
/// A snapshot of a coupon in both stores, and their comparison. Within an epoch the numbers only grow, so the ledger's position must lie
/// between the outbox's base read before the ledger and the number of owners and returned read after.
/// </summary>
/// <param name="Id">The coupon.</param>
/// <param name="Before">Redis, read before the ledger; null if the scripts cannot read it.</param>
/// <param name="Row">The ledger's row; null if there is none.</param>
/// <param name="After">Redis, read after the ledger; null as <paramref name="Before"/>.</param>
internal sealed record CouponReading(CouponId Id, StockCounts? Before, LedgerCoupon? Row, StockCounts? After)
{
    /// <summary>
    /// Whether Redis knows more than the ledger, or another coupon of that name: the ledger was put back to an earlier state, since the
    /// product writes the ledger first.
    /// </summary>
    public bool IsLedgerBehind =>
        Row is { } row && Before is { Condition: not (StockState.Missing or StockState.Closed) } stock
        && ((stock.Identity >= 0 && stock.Identity != row.Key.Identity)
            || stock.Epoch > row.Epoch
            || (stock.Epoch == row.Epoch && stock.Base > row.Drained)
            || (stock.Epoch == row.Epoch && stock.WaitBase > row.Joins + row.Leaves)
            || (stock.Identity == row.Key.Identity && stock.Returned > row.Returned)
            || Math.Max(stock.Version, stock.Floor) > row.Version);

    private bool IsComparable => After?.Condition is StockState.Verified or StockState.Contradictory;

    /// <summary>Compares the stores, and adds the differences between the names that were found in between.</summary>
    public CouponAudit Compare(IReadOnlyList<AuditDifference> names)
    {
        if (Row is not { } row)
        {
            var isNone = After is { Condition: StockState.Missing, Owners: 0, OutboxLength: 0 };
            return new CouponAudit(Id, isNone ? AuditVerdict.NoSuchCoupon : AuditVerdict.NotInLedger, After, null, []);
        }
        var ledger = new LedgerCounts(
            row.LedgerId, row.Epoch, row.Terms.Amount, row.Left, row.Drained, row.Claims ?? row.Drained, row.Key.Identity, row.Given ?? row.Returned,
            row.Version);
        var audit = new CouponAudit(Id, AuditVerdict.Differs, After, ledger, []);
        if (Before is { } before && IsComparable && (before.Condition != After!.Condition || before.Epoch != After.Epoch))
            return audit with { Verdict = AuditVerdict.Unsettled };

        AuditDifference[] differences =
            [.. Differences(ledger).Distinct().Select(kind => new AuditDifference(kind, 0, [])), .. IsComparable ? names : []];
        return audit with
        {
            Differences = differences,
            Verdict = differences.Length > 0 ? AuditVerdict.Differs
                : !IsComparable ? AuditVerdict.NotTrusted
                : audit.OnTheirWay > 0 ? AuditVerdict.Draining
                : AuditVerdict.Agrees,
        };
    }

    /// <summary>As audit.lua writes them.</summary>
    private static string WindowOf(LedgerCoupon row) =>
        string.Create(CultureInfo.InvariantCulture, $"{row.Terms.StartsAt}|{row.Terms.EndsAt}|{(row.PausedAt is null ? "" : "1")}");

    private IEnumerable<AuditDifferenceKind> Differences(LedgerCounts ledger)
    {
        if (ledger.IsContradictory)
            yield return AuditDifferenceKind.Counts;
        if (Before is not { } before || After is not { } after)
        {
            yield return AuditDifferenceKind.StockUnreadable;
            yield break;
        }
        if (!IsComparable)
            yield break;
        if (after.Condition == StockState.Contradictory)
            yield return AuditDifferenceKind.Counts;
        if (after.LedgerId != ledger.LedgerId || after.Identity != ledger.Identity || after.Epoch != ledger.Epoch)
            yield return AuditDifferenceKind.Terms;
        if (after.Version != ledger.Version)
            yield return AuditDifferenceKind.Version;
        else if (after.Amount != ledger.Amount || after.Window != WindowOf(Row!))
            yield return AuditDifferenceKind.Terms;
        // The ledger gets each first: what Redis had before is in it, and what it had is in Redis after.
        if (after.Epoch == ledger.Epoch && (ledger.Returned < before.Returned || ledger.Returned > after.Returned))
            yield return AuditDifferenceKind.Returns;
        if (after.Epoch == ledger.Epoch && after.Condition == StockState.Verified && (ledger.Drained < before.Base || ledger.Drained > after.Positions))
            yield return AuditDifferenceKind.Counts;
        if (after.Epoch == ledger.Epoch && after.Condition == StockState.Verified && (Row!.Joins + Row.Leaves < before.WaitBase || Row.Joins + Row.Leaves > after.WaitsLogged))
            yield return AuditDifferenceKind.Line;
    }
}
