namespace SecKill.Grains.Claims;

/// <summary>What a change does to a coupon's terms. Decided from what was read, and written only if that is still so.</summary>
/// <param name="IsAsAsked">Whether the coupon is so already; then there is nothing to do.</param>
/// <param name="Refusal">Why it cannot be done; null if it can.</param>
/// <param name="Terms">Window and pause as they shall be; null where they stay.</param>
/// <param name="AmountBy">How many units are added, or taken if negative.</param>
/// <param name="Stops">Whether no decision may follow under the terms of before, once it is answered.</param>
/// <param name="IsForUnstarted">Whether it may be done only before the sale has started.</param>
/// <param name="At">When it was planned, by the clock of the stock, in microseconds since 1970.</param>
internal sealed record ChangePlan(
    bool IsAsAsked, ChangeStatus? Refusal = null, SaleTerms? Terms = null, int AmountBy = 0, bool Stops = false, bool IsForUnstarted = false, long At = 0)
{
    private const long MicrosOfMillisecond = 1_000;

    private static readonly ChangePlan _asAsked = new(IsAsAsked: true);

    /// <summary>Plans a change.</summary>
    /// <param name="change">What is asked for.</param>
    /// <param name="row">The ledger's row.</param>
    /// <param name="seen">The edges that the stock has seen.</param>
    /// <param name="left">How many units Redis has left.</param>
    /// <param name="now">By the clock of the stock, in microseconds since 1970.</param>
    public static ChangePlan Of(CouponChange change, LedgerCoupon row, WindowLatches seen, int left, long now) => Planned(change, row, seen, left, now) with { At = now };

    private static ChangePlan Planned(CouponChange change, LedgerCoupon row, WindowLatches seen, int left, long now)
    {
        var terms = new SaleTerms(row.Terms.StartsAt, row.Terms.EndsAt, row.PausedAt, row.PausedReason);
        return change.Action switch
        {
            ChangeAction.Pause when row.PausedAt is not null && (change.Reason ?? row.PausedReason) == row.PausedReason => _asAsked,
            ChangeAction.Pause => new(false, Terms: terms with { PausedAt = row.PausedAt ?? now, PausedReason = change.Reason ?? row.PausedReason }, Stops: true),
            ChangeAction.Resume when row.PausedAt is null => _asAsked,
            ChangeAction.Resume => new(false, Terms: terms with { PausedAt = null, PausedReason = null }),
            ChangeAction.Amount when (change.Amount is { } amount ? amount - row.Terms.Amount : -left) is var by =>
                by == 0 ? _asAsked : new(false, by == -row.Terms.Amount ? ChangeStatus.NoOwners : null, AmountBy: by),
            _ => OfWindow(change, row, seen, terms, now),
        };
    }

    private static ChangePlan OfWindow(CouponChange change, LedgerCoupon row, WindowLatches seen, SaleTerms terms, long now)
    {
        var (wasStart, wasEnd) = (row.Terms.StartsAt, row.Terms.EndsAt);
        var start = change.Starts is { } starts ? starts.At : wasStart;
        var end = change.Ends switch
        {
            null => wasEnd,
            // In whole milliseconds, as all edges, and so never later than now.
            { IsNow: true } => wasEnd <= now ? wasEnd : now / MicrosOfMillisecond * MicrosOfMillisecond,
            { At: var at } => at,
        };
        // Callers know whole milliseconds.
        start = start / MicrosOfMillisecond == wasStart / MicrosOfMillisecond ? wasStart : start;
        end = end / MicrosOfMillisecond == wasEnd / MicrosOfMillisecond ? wasEnd : end;
        // A clock that was ahead has latched an edge that is still to come. Asked for once more it holds from a moment later, which clears
        // the latch in both stores, wherever the change may break off. Not beside a move of the other edge: then it is only sent along.
        var isOpened = (row.OpenedAt ?? seen.OpenedAt) is not null;
        if (change.Starts is not null && start == wasStart && start > now && isOpened && end == wasEnd)
            start++;
        if (change.Ends is not null && end == wasEnd && end > now && (row.EndedAt ?? seen.EndedAt) is not null && start / MicrosOfMillisecond == wasStart / MicrosOfMillisecond)
            end++;
        // Ended before its start, a sale has none.
        if (change is { Starts: null, Ends.IsNow: true } && start >= end)
            start = null;
        if (start == wasStart && end == wasEnd)
            return _asAsked;
        var hasEnded = (row.EndedAt ?? seen.EndedAt) is not null || wasEnd <= now;
        // Or no later, but ahead of a latch that a wrong clock has written.
        var startsLater = start > (wasStart ?? long.MinValue) || (start != wasStart && start > now && isOpened);
        ChangeStatus? refusal =
            start >= end ? ChangeStatus.StartsNotBeforeEnd
            : end <= now && end != wasEnd && change.Ends is { IsNow: false } ? ChangeStatus.EndsInThePast
            // A sale that is over closes to no customer by a later start.
            : startsLater && !hasEnded && (wasStart ?? long.MinValue) <= now ? ChangeStatus.Started
            : null;
        return new ChangePlan(
            false, refusal,
            terms with
            {
                StartsAt = start,
                EndsAt = end,
                ClearsOpened = startsLater,
                ClearsEnded = end != wasEnd && ((end ?? long.MaxValue) > (wasEnd ?? long.MaxValue) || end > now),
                EndedAt = end <= now ? end : null,
            },
            Stops: startsLater || (end ?? long.MaxValue) < (wasEnd ?? long.MaxValue),
            IsForUnstarted: startsLater && !hasEnded);
    }
}
