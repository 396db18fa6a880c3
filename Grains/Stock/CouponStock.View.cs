namespace SecKill.Grains.Stock;

/// <content>Terms of the sale: the coupon as it is seen, and what of the ledger's row the stock is opened with.</content>
internal sealed partial class CouponStock
{
    /// <summary>Reads the coupon as it is now.</summary>
    /// <returns>
    /// Null unless the stock is verified; the time by the clock that decides about it, in microseconds since 1970; and the edges that it has seen.
    /// </returns>
    /// <exception cref="UnavailableException">Redis does not answer.</exception>
    public async Task<(CouponView? View, long Now, WindowLatches Latches)> ViewNowAsync()
    {
        var reply = await server.EvaluateAsync(Script.View, Keys);
        var now = Number(reply[1]);
        if ((StockState)(int)reply[0] != StockState.Verified)
            return (null, now, default);
        var (left, waiting) = ((int)reply[3], NumberOrNull(reply[15]) ?? 0);
        // Units that are left while customers wait are theirs.
        var window = Window.Parse(reply[7], reply[8], reply[9], now, waiting > 0 ? 0 : left);
        var view = new CouponView(
            id.Name.Value, (int)reply[4], (string?)reply[5] ?? "", (int)reply[2], left, window.State, window.Starts, window.Ends, window.StartsIn, window.EndsIn,
            Number(reply[6]), (string)reply[12]! == "1", NumberOrNull(reply[13]), (int)(NumberOrNull(reply[14]) ?? 0), waiting, NumberOrNull(reply[16]));
        return (view, now, new WindowLatches(NumberOrNull(reply[10]), NumberOrNull(reply[11])));
    }

    /// <summary>A number that a script answers as text, or as an empty text for none.</summary>
    public static long? NumberOrNull(RedisResult text) => (string?)text is { Length: > 0 } some ? long.Parse(some, CultureInfo.InvariantCulture) : null;

    /// <summary>The snapshot with what watch.lua appends for a coupon that uses features.</summary>
    private static SaleSnapshot SeenBy(SaleSnapshot snapshot, RedisResult[] used)
    {
        const int MicrosPerMillisecond = 1_000;
        var seen = snapshot with { Returned = NumberOrNull(used[4]), Waiting = NumberOrNull(used[5]) };
        var window = Window.Parse(used[0], used[1], used[2], Number(used[3]), seen.SoldOut ? 0 : seen.Left);
        return seen with
        {
            State = window.State,
            StartsAt = window.Starts / MicrosPerMillisecond,
            EndsAt = window.Ends / MicrosPerMillisecond,
            StartsIn = window.StartsIn / MicrosPerMillisecond,
            EndsIn = window.EndsIn / MicrosPerMillisecond,
        };
    }

    /// <summary>The fields of a row's further terms, name and value in turn; none for a coupon that uses nothing.</summary>
    private static IEnumerable<RedisValue> FieldsOf(LedgerCoupon row)
    {
        (string Field, RedisValue Value)[] fields =
        [
            ("starts", row.Terms.StartsAt), ("ends", row.Terms.EndsAt), ("opened", row.OpenedAt), ("ended", row.EndedAt),
            ("paused", row.PausedAt is null ? RedisValue.Null : 1), ("returns", row.Terms.Returns ? 1 : RedisValue.Null), ("until", row.Terms.ReturnUntil),
            ("waitlist", row.Terms.Waitlist > 0 ? row.Terms.Waitlist : RedisValue.Null), ("redeem", row.Terms.RedeemUntil),
        ];
        return fields.Where(field => !field.Value.IsNull).SelectMany(field => new[] { (RedisValue)field.Field, field.Value });
    }

    /// <summary>What a sale is at, and its edges, in microseconds since 1970 and from now.</summary>
    private readonly record struct Window(SaleState State, long? Starts, long? Ends, long? StartsIn, long? EndsIn)
    {
        /// <param name="refusal">The outcome for all who own nothing, by window and pause; or empty.</param>
        public static Window Parse(RedisResult refusal, RedisResult startsAt, RedisResult endsAt, long now, int left)
        {
            var (starts, ends) = (NumberOrNull(startsAt), NumberOrNull(endsAt));
            var state = (string)refusal! is [var character] ? StateOf((ClaimOutcome)(character - '0')) : left == 0 ? SaleState.SoldOut : SaleState.Open;
            return new Window(
                state, starts, ends, state == SaleState.Scheduled && starts is { } start ? Math.Max(0, start - now) : null, ends > now && state != SaleState.Ended ? ends - now : null);
        }

        private static SaleState StateOf(ClaimOutcome refusal) => refusal switch
        {
            ClaimOutcome.NotStarted => SaleState.Scheduled,
            ClaimOutcome.Ended => SaleState.Ended,
            ClaimOutcome.Paused => SaleState.Paused,
            _ => throw new ArgumentOutOfRangeException(nameof(refusal)),
        };
    }
}
