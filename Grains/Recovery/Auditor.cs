using SecKill.Grains.Interfaces.Audit;

namespace SecKill.Grains.Recovery;

/// <summary>
/// Compares Redis, its outbox and the ledger, also while coupons are sold, relayed and rebuilt: all reads go through
/// <see cref="StoreReader"/>, all comparison through <see cref="CouponReading"/>. A difference must show twice. Writes nothing.
/// </summary>
public sealed class Auditor(StockServer server, ILedger ledger, TimeProvider time)
{
    private const int MaxAttempts = 6;
    private static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(100);

    private readonly StoreReader _stores = new(server, ledger);

    /// <inheritdoc cref="IAuditGrain.Audit"/>
    public Task<CouponAudit> AuditAsync(CouponId coupon, bool deep) => AuditAsync(coupon, withLists: deep, withNumbers: deep);

    private async Task<CouponAudit> AuditAsync(CouponId coupon, bool withLists, bool withNumbers)
    {
        CouponAudit? last = null;
        for (var attempt = 1; ; attempt++)
        {
            var audit = await CompareAsync(coupon, withLists, withNumbers);
            if (audit.Verdict is AuditVerdict.Agrees or AuditVerdict.Draining or AuditVerdict.NoSuchCoupon)
                return audit;
            if (last is not null && Confirmed(audit, last) is { } confirmed)
                return confirmed;
            if (attempt == MaxAttempts)
                return audit with { Verdict = AuditVerdict.Unsettled, Differences = [] };
            last = audit;
            // This process may hold the scripts of an earlier incarnation of Redis.
            await server.RefreshScriptsAsync(StockKeys.OfCoupon(coupon)[0]);
            // After a loss of Redis no coupon is verified, and a pause for each would take hours.
            if (audit.Verdict != AuditVerdict.NotTrusted)
                await Task.Delay(_pause, time);
        }
    }

    /// <inheritdoc cref="IAuditGrain.AuditPage"/>
    /// <remarks>Ends the page early after the timeout; one coupon is always audited.</remarks>
    public async Task<AuditPage> PageAsync(long belowId, bool deep, TimeSpan timeout)
    {
        var since = time.GetTimestamp();
        var (readings, next) = await _stores.PageAsync(belowId, countsClaims: true);
        var audits = new List<CouponAudit>(readings.Count);
        foreach (var reading in readings)
        {
            if (audits.Count > 0 && time.GetElapsedTime(since) >= timeout)
                return new AuditPage([.. audits], belowId);
            var audit = reading.Compare([]);
            audits.Add(audit.Verdict is AuditVerdict.Agrees or AuditVerdict.Draining && !deep ? audit : await AuditAsync(reading.Id, withLists: false, withNumbers: deep));
            belowId = reading.Row?.LedgerId ?? belowId;
        }
        return new AuditPage([.. audits], next);
    }

    /// <summary>
    /// Finds what a ledger lacks that was put back to an earlier state: a promoted asynchronous replica, a backup. To find coupons without a
    /// row, all keys in Redis must be searched. The pace is awaited after each page.
    /// </summary>
    /// <exception cref="UnavailableException">Redis or SQL cannot be reached.</exception>
    internal async Task<LedgerGaps> FindGapsAsync(bool searchesRedis, Func<Task> paceAsync)
    {
        var (count, behind, known) = (0, new List<CouponId>(), new HashSet<CouponId>());
        for (var below = long.MaxValue; below > 0;)
        {
            (var readings, below) = await _stores.PageAsync(below, countsClaims: false);
            count += readings.Count;
            behind.AddRange(readings.Where(reading => reading.IsLedgerBehind).Select(reading => reading.Id));
            if (searchesRedis)
                known.UnionWith(readings.Select(reading => reading.Id));
            await paceAsync();
        }
        return new LedgerGaps(count, behind, searchesRedis ? await LostAsync(known, paceAsync) : []);
    }

    /// <summary>Finds the coupons that Redis has and the ledger has not, apart from known ones. The pace is awaited after each page.</summary>
    /// <exception cref="UnavailableException">Redis or SQL cannot be reached.</exception>
    public async Task<IReadOnlyList<CouponId>> LostAsync(IReadOnlySet<CouponId> known, Func<Task> paceAsync)
    {
        ArgumentNullException.ThrowIfNull(known);
        ArgumentNullException.ThrowIfNull(paceAsync);
        var lost = new List<CouponId>();
        foreach (var page in (await server.CouponsAsync()).Where(id => !known.Contains(id)).Chunk(StoreReader.PageSize))
        {
            foreach (var id in page)
            {
                // It may have been created since the ledger was read.
                if (await IsLostAsync(id))
                    lost.Add(id);
            }
            await paceAsync();
        }
        return lost;
    }

    internal async Task<bool> IsLostAsync(CouponId id) => await ledger.FindAsync(id) is null && await server.ExistsAsync(StockKeys.OfCoupon(id)[0]);

    /// <returns>What two comparisons in a row have shown, or null.</returns>
    private static CouponAudit? Confirmed(CouponAudit audit, CouponAudit last)
    {
        if (audit.Verdict != last.Verdict || audit.Verdict == AuditVerdict.Unsettled)
            return null;
        var kinds = last.Differences.Select(difference => difference.Kind).ToHashSet();
        // A return that was between the stores then has reached both by now.
        var areInFlight = last.Ledger?.Returned <= audit.Stock?.Returned && last.Stock?.Returned <= audit.Ledger?.Returned;
        var differences = audit.Differences
            .Where(difference => kinds.Contains(difference.Kind) && !(areInFlight && difference is { Kind: AuditDifferenceKind.Returns, Count: 0 }))
            .Select(difference => Confirmed(difference, last)).OfType<AuditDifference>().ToArray();
        return audit.Verdict == AuditVerdict.Differs && differences.Length == 0 ? null : audit with { Differences = differences };
    }

    /// <summary>While units come back, or customers join and leave, each comparison may find some names of which the stores are just being told: those found both times.</summary>
    private static AuditDifference? Confirmed(AuditDifference difference, CouponAudit last)
    {
        if (difference is not { Kind: AuditDifferenceKind.Returns or AuditDifferenceKind.NotListed or AuditDifferenceKind.StillListed or AuditDifferenceKind.Line, Count: > 0 })
            return difference;
        var before = last.Differences.Where(earlier => earlier.Kind == difference.Kind && earlier.Count > 0).ToList();
        // Of more the names are not known.
        if (difference.Count > AuditDifference.MaxNames || before.Exists(earlier => earlier.Count > AuditDifference.MaxNames))
            return difference;
        string[] names = [.. difference.Names.Intersect(before.SelectMany(earlier => earlier.Names))];
        return names.Length == 0 ? null : difference with { Count = names.Length, Names = names };
    }

    private async Task<CouponAudit> CompareAsync(CouponId id, bool withLists, bool withNumbers)
    {
        var before = (await _stores.StockAsync(id)).Counts;
        var names = before?.Condition is StockState.Verified or StockState.Contradictory ? new NameComparison(server, ledger, _stores, id) : null;
        if (names is not null)
            await names.ReadStockAsync(withLists);
        var row = await ledger.FindAsync(id, countsClaims: true);
        IReadOnlyList<AuditDifference> found = names is not null && row is not null ? await names.CompareAsync(row) : [];
        if (withNumbers && row is not null && await ledger.CountWrongNumbersAsync(row.Key) is > 0 and var wrong)
            found = [.. found, new AuditDifference(AuditDifferenceKind.Numbers, wrong, [])];
        if (withNumbers && row is not null && await ledger.CountWrongRedemptionsAsync(row.Key) is > 0 and var both)
            found = [.. found, new AuditDifference(AuditDifferenceKind.Redemptions, both, [])];
        return new CouponReading(id, before, row, (await _stores.StockAsync(id)).Counts).Compare(found);
    }
}

/// <summary>What Redis knows and the ledger has lost.</summary>
/// <param name="Coupons">How many coupons the ledger has.</param>
/// <param name="Behind">Coupons of which Redis knows more claims, or another one of the same name.</param>
/// <param name="Lost">Coupons without a row, as far as they were searched for.</param>
internal sealed record LedgerGaps(int Coupons, IReadOnlyList<CouponId> Behind, IReadOnlyList<CouponId> Lost);
