namespace SecKill.Grains.Interfaces.Audit;

/// <summary>Says in plain words what an audit found and what to do about it.</summary>
public static class AuditWords
{
    private const string Rebuild = "Rebuild the coupon from the ledger: no claim that Redis or the ledger knows is lost by that.";

    /// <summary>Sentences, the verdict first. Names are percent-encoded, as they are in keys and logs.</summary>
    public static IReadOnlyList<string> Words(this CouponAudit audit)
    {
        ArgumentNullException.ThrowIfNull(audit);
        return
        [
            Verdict(audit),
            .. audit.Differences.SelectMany(difference => Difference(audit, difference)),
            .. audit.Differences.Select(difference => Advice(audit, difference.Kind)).Distinct(),
        ];
    }

    private static string Verdict(CouponAudit audit) => audit.Verdict switch
    {
        AuditVerdict.Agrees => $"Redis and the ledger agree: {Sold(audit)}.",
        AuditVerdict.Draining => $"Redis and the ledger agree: {Sold(audit)}, and {Many(audit.OnTheirWay, "claim is", "claims are")} on the way to the ledger.",
        AuditVerdict.NotTrusted => Mistrust(audit),
        AuditVerdict.Differs => "Redis and the ledger do not agree.",
        AuditVerdict.NotInLedger =>
            $"Redis has the coupon, with {Many(audit.Stock?.Owners ?? 0, "owner", "owners")}, and the ledger has lost it. " +
            "The silo's command --repair puts it back as Redis knows it; do not delete the keys in Redis before that.",
        AuditVerdict.NoSuchCoupon => "Neither Redis nor the ledger knows such a coupon.",
        _ => "It was rebuilt, or changed by hand, each time it was looked at, so nothing can be said. Ask again.",
    };

    private static string Sold(CouponAudit audit) =>
        audit.Stock is { } stock ? $"of {Many(stock.Amount, "piece", "pieces")} {Many(stock.Owners, "has", "have")} an owner and {Many(stock.Left, "is", "are")} left" : "";

    private static string Mistrust(CouponAudit audit)
    {
        var inLedger = $"the ledger has {Many(audit.Ledger?.Claims ?? 0, "claim", "claims")}";
        return audit.Stock switch
        {
            { Condition: StockState.Closed } => "It is being rebuilt at this moment. Ask again in some seconds.",
            { Condition: StockState.Unverified } stock =>
                $"Redis was started or promoted since it last verified this coupon, or its rebuilding was broken off; it knows {Many(stock.Owners, "owner", "owners")}, {inLedger}. " +
                "Nothing is sold from it before it is rebuilt, which the next claim or listing does by itself.",
            _ => $"Redis has lost this coupon; {inLedger}. Nothing is sold before it is rebuilt, which the next claim or listing does by itself.",
        };
    }

    private static IEnumerable<string> Difference(CouponAudit audit, AuditDifference difference)
    {
        var (stock, ledger) = (audit.Stock, audit.Ledger);
        return difference.Kind switch
        {
            AuditDifferenceKind.StockUnreadable => ["Under the coupon's keys Redis holds something that is no stock."],
            AuditDifferenceKind.Counts => Counts(audit),
            AuditDifferenceKind.Terms =>
            [
                stock?.LedgerId == ledger?.LedgerId && stock?.Identity == ledger?.Identity && stock?.Amount == ledger?.Amount
                    ? $"Redis is in epoch {stock?.Epoch}, the ledger in epoch {ledger?.Epoch}: nothing can be drained."
                    : $"Redis takes it for coupon {stock?.LedgerId} with {stock?.Amount} pieces, in the ledger it is coupon {ledger?.LedgerId} with {ledger?.Amount}" +
                        (stock?.Identity != ledger?.Identity ? ", another one of that name." : "."),
            ],
            AuditDifferenceKind.Version =>
            [
                IsVersionLost(audit)
                    ? $"Redis has version {stock?.Version} of its terms, the ledger {ledger?.Version}: the ledger has lost changes."
                    : $"The ledger has version {ledger?.Version} of its terms, Redis {stock?.Version}: a change was broken off between the two.",
            ],
            AuditDifferenceKind.Numbers => [$"{Many(difference.Count, "number", "numbers")} of the coupon's feed {(difference.Count == 1 ? "is" : "are")} given twice, or later than the last one given."],
            AuditDifferenceKind.Redemptions =>
                [$"{Many(difference.Count, "unit is", "units are")} redeemed and returned in the ledger, or counted as redeemed where none is, or the other way round, or {(difference.Count == 1 ? "has a code" : "have codes")} without a claim."],
            AuditDifferenceKind.Returns =>
            [
                difference.Count == 0
                    ? $"{Many(stock?.Returned ?? 0, "unit is", "units are")} returned by Redis, {ledger?.Returned} by the ledger."
                    : Names(difference, "customer has", "customers have", "returned a unit by one of the stores and not by the other"),
            ],
            AuditDifferenceKind.StillListed => [Names(difference, "customer is", "customers are", "shown the coupon by the list of the customer's own coupons, though the unit is returned")],
            AuditDifferenceKind.OwnersLost => [Names(difference, "owner in Redis is", "owners in Redis are", "neither in the ledger nor on the way to it")],
            AuditDifferenceKind.ClaimsWithoutOwner => [Names(difference, "claim is", "claims are", "in the ledger, but not among the owners in Redis")],
            AuditDifferenceKind.Queue =>
                [Names(difference, "queue entry is", "queue entries are", "malformed, of no owner, of a customer who has another, or waiting although the ledger has the claim")],
            AuditDifferenceKind.Line when difference.Count == 0 => ["The ledger has another number of joins and leaves of the waiting list than Redis has sent it."],
            AuditDifferenceKind.Line => [Names(difference, "customer is", "customers are", "in line by one of Redis and the ledger, and not by the other nor on the way to it")],
            _ => [Names(difference, "user is", "users are", "not shown the coupon by the list of the user's own coupons")],
        };
    }

    private static IEnumerable<string> Counts(CouponAudit audit)
    {
        var (stock, ledger) = (audit.Stock, audit.Ledger);
        var isRedis = stock?.Condition == StockState.Contradictory;
        if (isRedis)
        {
            var isPlain = stock is { Held: 0, Returned: 0 };
            if (stock is not null && stock.Left + stock.Held + stock.Owners == stock.Amount && stock.Base + stock.OutboxLength == stock.Positions)
                yield return $"Redis contradicts itself about the waiting list: {Many(stock.Waiting, "name waits", "names wait")}, and joins less leaves less served are another number; or its log has more or fewer entries than were not recorded yet.";
            else
                yield return $"Redis contradicts itself: amount {stock?.Amount}, left {stock?.Left}, owners {stock?.Owners}, base {stock?.Base}, queued {stock?.OutboxLength}" +
                (isPlain
                    ? "; left + owners must be the amount, base + queued the owners."
                    : $", held {stock?.Held}, returned {stock?.Returned}; left + held + owners must be the amount, base + queued the owners and returned.");
        }
        if (ledger is { IsContradictory: true })
        {
            yield return $"The ledger contradicts itself: {ledger.Amount - ledger.Left} pieces are sold by its row of the coupon, {ledger.Drained} are drained, and it has {Many(ledger.Claims, "claim", "claims")}" +
                (ledger.Returned == 0 ? "; the three must be one number." : $", {ledger.Returned} of them returned; drained must be the claims, sold those that are not returned.");
        }
        else if (!isRedis)
        {
            yield return $"{ledger?.Drained} claims are drained by the ledger's row of the coupon, by Redis at least {stock?.Base} and at most {stock?.Positions}.";
        }
    }

    private static bool IsVersionLost(CouponAudit audit) => audit.Stock?.Version > audit.Ledger?.Version;

    private static string Advice(CouponAudit audit, AuditDifferenceKind kind) => kind switch
    {
        AuditDifferenceKind.StockUnreadable => "Delete from Redis the keys of the wrong type, then rebuild the coupon from the ledger.",
        AuditDifferenceKind.NotListed or AuditDifferenceKind.StillListed =>
            "Have those lists completed from the ledger at their next reading: remove their mark, and what hides returned coupons, with ZREMRANGEBYSCORE 'user:{NAME}:coupons' -2 -1.",
        AuditDifferenceKind.Numbers =>
            $"Readers of its feed may have missed a claim. Raise the last number with {RaiseNumber(audit.Ledger?.LedgerId)}, and give claims that share a number new ones " +
            "after it (docs/operating/audit.md). Until then returns and redemptions may fail.",
        AuditDifferenceKind.Version => IsVersionLost(audit)
            ? "The silo's command --repair puts them back as Redis knows them."
            : "The coupon's wake-up puts it into Redis within some minutes; rebuilding the coupon does so at once.",
        AuditDifferenceKind.Redemptions =>
            $"Claims that are deleted by hand leave their codes, which DELETE FROM codes WHERE coupon_id = {audit.Ledger?.LedgerId} AND username NOT IN (SELECT username FROM claims WHERE " +
            $"coupon_id = {audit.Ledger?.LedgerId}) removes. Rebuilding the coupon counts anew what is redeemed. No program of ours writes both: SELECT username, redeemed_at, redeemed_device, " +
            $"returned_at FROM claims WHERE coupon_id = {audit.Ledger?.LedgerId} AND redeemed_at IS NOT NULL AND returned_at IS NOT NULL tells such units, the events which came first.",
        AuditDifferenceKind.Returns when audit.Stock?.Returned > audit.Ledger?.Returned => "The silo's command --repair puts them back as Redis knows them.",
        // What heals by itself is found by the counts.
        AuditDifferenceKind.Returns when audit.Stock?.Returned == audit.Ledger?.Returned => Rebuild,
        AuditDifferenceKind.Returns => "The coupon's wake-up brings both together within some minutes; rebuilding the coupon does so at once.",
        _ when audit.Ledger is { } ledger && ledger.Claims - ledger.Returned > ledger.Amount =>
            $"The ledger has {Many(ledger.Claims - ledger.Returned - ledger.Amount, "claim", "claims")} more than there are pieces, so it cannot be rebuilt yet: find them with " +
            $"SELECT username, claimed_at FROM claims WHERE coupon_id = {ledger.LedgerId} AND returned_at IS NULL AND redeemed_at IS NULL ORDER BY claimed_at DESC, " +
            "and delete them, with their rows in codes, or raise the amount with " +
            $"UPDATE coupons SET amount = {ledger.Claims - ledger.Returned} WHERE id = {ledger.LedgerId}. Then rebuild the coupon.",
        _ => Rebuild,
    };

    // Claims, events and conflicts share their numbers.
    private static string RaiseNumber(long? coupon) =>
        $"UPDATE coupons SET feed_seq = (SELECT MAX(no) FROM (SELECT feed_seq AS no FROM coupons WHERE id = {coupon} UNION ALL SELECT seq FROM claims WHERE coupon_id = {coupon} " +
        $"UNION ALL SELECT no FROM events WHERE coupon_id = {coupon} UNION ALL SELECT no FROM conflicts WHERE coupon_id = {coupon}) AS numbers) WHERE id = {coupon}";

    private static string Names(AuditDifference difference, string one, string many, string what)
    {
        var names = string.Join(", ", difference.Names.Select(Uri.EscapeDataString));
        return $"{Many(difference.Count, one, many)} {what}: {names}{(difference.Count > difference.Names.Length ? ", …" : "")}.";
    }

    private static string Many(long count, string one, string many) => $"{count} {(count == 1 ? one : many)}";
}
