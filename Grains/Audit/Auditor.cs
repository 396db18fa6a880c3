using System.Diagnostics;
using SecKill.Grains.Interfaces;
using SecKill.Grains.Interfaces.Audit;
using SecKill.Grains.Interfaces.Coupons;
using SecKill.Grains.Ledger;
using SecKill.Grains.Stock;

namespace SecKill.Grains.Audit;

/// <summary>
/// Tells whether Redis, its queue and the ledger agree, also while coupons are sold, drained and rebuilt. Redis is read before
/// and after the ledger: of one epoch, what the ledger has drained must lie between what had left the queue before
/// and what has passed it afterwards. What seems to differ must do so twice. Writes nothing.
/// </summary>
public sealed class Auditor(StockServer server, ILedger ledger)
{
    private const int PageSize = 200;
    private const int MaxLooks = 6;
    private static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(100);

    private enum Depth
    {
        Counts,
        Names,
        Lists,
    }

    /// <inheritdoc cref="IAuditGrain.Audit"/>
    public Task<CouponAudit> AuditAsync(CouponId coupon, bool deep) => AuditAsync(coupon, deep ? Depth.Lists : Depth.Names);

    /// <summary>Audits some of the ledger's coupons, newest first: by their counts, and those that differ at every name.</summary>
    /// <param name="belowId">Only coupons whose id is below this.</param>
    /// <param name="deep">Whether to look at every name of all of them.</param>
    /// <param name="patience">When to end the page early. One coupon is always audited.</param>
    /// <exception cref="UnavailableException">Redis or SQL cannot be reached.</exception>
    public async Task<AuditPage> PageAsync(long belowId, bool deep, TimeSpan patience)
    {
        var since = Stopwatch.GetTimestamp();
        var coupons = await ledger.CountedAsync(belowId, PageSize);
        if (coupons.Count == 0)
            return new AuditPage([], 0);
        var replies = await server.EvaluateAsync(Script.Audit, [.. coupons.Select(counted => AuditedStock.Call(counted.Coupon.Id))]);
        var audits = new List<CouponAudit>(coupons.Count);
        for (var i = 0; i < coupons.Count && (i == 0 || Stopwatch.GetElapsedTime(since) < patience); i++)
        {
            var id = coupons[i].Coupon.Id;
            var stock = AuditedStock.Parse(server, replies[i]).Counts;
            var audit = Judge(id, stock, coupons[i], stock, []);
            // Read after the ledger, and once: what was drained in between looks like a difference, and is looked at again.
            audits.Add(audit.Verdict is AuditVerdict.Agrees or AuditVerdict.Draining && !deep
                ? audit
                : await AuditAsync(id, deep ? Depth.Names : Depth.Counts));
        }
        var isLast = audits.Count == coupons.Count && coupons.Count < PageSize;
        return new AuditPage([.. audits], isLast ? 0 : coupons[audits.Count - 1].Coupon.LedgerId);
    }

    /// <summary>Audits the coupons that Redis has and the ledger is not known to have.</summary>
    /// <param name="known">The keys of the ledger's coupons.</param>
    /// <returns>Those of which the ledger has none.</returns>
    /// <exception cref="UnavailableException">Redis or SQL cannot be reached.</exception>
    public async Task<IReadOnlyList<CouponAudit>> NotInLedgerAsync(IReadOnlySet<string> known)
    {
        ArgumentNullException.ThrowIfNull(known);
        var audits = new List<CouponAudit>();
        foreach (var id in await server.CouponsAsync())
        {
            // It may have been created since the ledger was read.
            if (!known.Contains(id.Key) && await AuditAsync(id, Depth.Counts) is { Verdict: AuditVerdict.NotInLedger } audit)
                audits.Add(audit);
        }
        return audits;
    }

    private async Task<CouponAudit> AuditAsync(CouponId id, Depth depth)
    {
        CouponAudit? last = null;
        for (var look = 1; ; look++)
        {
            var audit = await LookAsync(id, depth);
            if (audit.Verdict is AuditVerdict.Agrees or AuditVerdict.Draining or AuditVerdict.NoSuchCoupon)
                return audit;
            if (last is not null && Confirmed(audit, last) is { } confirmed)
                return confirmed;
            if (look == MaxLooks)
                return audit with { Verdict = AuditVerdict.Unsettled, Differences = [] };
            last = audit;
            // Counts say that something differs, names say what; and they too must say it twice.
            if (audit.Verdict == AuditVerdict.Differs && depth == Depth.Counts)
                (depth, last) = (Depth.Names, null);
            // It may be this process that believes in an earlier incarnation of Redis.
            await server.RefreshScriptsAsync(StockKeys.OfCoupon(id)[0]);
            // After Redis was lost nothing is trusted, and a pause for each coupon would take hours.
            if (audit.Verdict != AuditVerdict.NotTrusted)
                await Task.Delay(_pause);
        }
    }

    /// <returns>What two looks in a row have seen, or null.</returns>
    private static CouponAudit? Confirmed(CouponAudit audit, CouponAudit last)
    {
        if (audit.Verdict != last.Verdict || audit.Verdict == AuditVerdict.Unsettled)
            return null;
        var kinds = last.Differences.Select(difference => difference.Kind).ToHashSet();
        var differences = audit.Differences.Where(difference => kinds.Contains(difference.Kind)).ToArray();
        return audit.Verdict == AuditVerdict.Differs && differences.Length == 0 ? null : audit with { Differences = differences };
    }

    private async Task<CouponAudit> LookAsync(CouponId id, Depth depth)
    {
        var before = (await AuditedStock.ReadAsync(server, id)).Counts;
        var names = depth > Depth.Counts && before?.Condition is StockState.Verified or StockState.Contradictory
            ? new NameComparison(server, ledger, id)
            : null;
        if (names is not null)
            await names.ReadStockAsync(withLists: depth == Depth.Lists);
        var counted = await ledger.CountedAsync(id);
        var found = names is not null && counted is { } one ? await names.CompareAsync(one.Coupon) : [];
        return Judge(id, before, counted, (await AuditedStock.ReadAsync(server, id)).Counts, found);
    }

    private static CouponAudit Judge(
        CouponId id, StockCounts? before, CountedCoupon? counted, StockCounts? after, IReadOnlyList<AuditDifference> names)
    {
        if (counted is not { } row)
        {
            var isNone = after is { Condition: StockState.Missing, Owners: 0, Queued: 0 };
            return new CouponAudit(id, isNone ? AuditVerdict.NoSuchCoupon : AuditVerdict.NotInLedger, after, null, []);
        }
        var ledger = new LedgerCounts(
            row.Coupon.LedgerId, row.Coupon.Epoch, row.Coupon.Terms.Amount, row.Coupon.Left, row.Coupon.Drained, row.Claims,
            row.Coupon.Key.Identity);
        var isReadable = before is not null && after is not null;
        var isVerified = after?.Condition is StockState.Verified or StockState.Contradictory;
        if (isReadable && isVerified && (before!.Condition != after!.Condition || before.Epoch != after.Epoch))
            return new CouponAudit(id, AuditVerdict.Unsettled, after, ledger, []);

        List<AuditDifferenceKind> counts = [];
        if (!isReadable)
            counts.Add(AuditDifferenceKind.StockUnreadable);
        if (ledger.Amount - ledger.Left != ledger.Claims || ledger.Drained != ledger.Claims)
            counts.Add(AuditDifferenceKind.LedgerCounts);
        if (isReadable && isVerified)
            counts.AddRange(StockDifferences(before!, ledger, after!));
        AuditDifference[] differences = [.. counts.Select(kind => new AuditDifference(kind, 0, [])), .. isVerified ? names : []];
        var audit = new CouponAudit(id, AuditVerdict.Differs, after, ledger, differences);
        if (differences.Length > 0)
            return audit;
        return audit with
        {
            Verdict = !isVerified ? AuditVerdict.NotTrusted : audit.OnTheirWay > 0 ? AuditVerdict.Draining : AuditVerdict.Agrees,
        };
    }

    private static IEnumerable<AuditDifferenceKind> StockDifferences(StockCounts before, LedgerCounts ledger, StockCounts after)
    {
        if (after.Condition == StockState.Contradictory)
            yield return AuditDifferenceKind.StockCounts;
        if (after.LedgerId != ledger.LedgerId || after.Identity != ledger.Identity || after.Amount != ledger.Amount)
            yield return AuditDifferenceKind.Terms;
        if (after.Epoch != ledger.Epoch)
            yield return AuditDifferenceKind.Epoch;
        else if (after.Condition == StockState.Verified && (ledger.Drained < before.Base || ledger.Drained > after.Owners))
            yield return AuditDifferenceKind.Position;
    }
}
