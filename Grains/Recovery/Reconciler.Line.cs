namespace SecKill.Grains.Recovery;

/// <content>The waiting list.</content>
internal sealed partial class Reconciler
{
    private static readonly RedisValue[] _lineFields = ["joins", "leaves", "served", "waitbase"];

    /// <summary>Puts the waiting list together and prepares it in Redis; see <see cref="RebuiltLine"/>.</summary>
    /// <param name="lease">The right to do it.</param>
    /// <param name="coupon">The coupon's row.</param>
    /// <param name="isOfRow">Whether Redis has that row's line, and not that of an earlier coupon of that name, which the ledger has lost.</param>
    /// <param name="isOut">Whether a customer owns a unit, or has returned one.</param>
    private async Task<RebuiltLine> RebuildLineAsync(RebuildLease lease, LedgerCoupon coupon, bool isOfRow, Func<string, bool> isOut)
    {
        var inLedger = new Dictionary<string, LedgerWait>();
        var after = "";
        while (await ledger.WaitsAsync(coupon.Key, after, Page) is { Count: > 0 } page)
        {
            foreach (var wait in page)
                inLedger[wait.User] = wait;
            after = page[^1].User;
            await lease.RenewAsync();
        }
        var survivors = await ReadWaitingAsync(lease);
        var log = isOfRow ? [.. await ReadWaitlogAsync(lease), .. rememberedWaits ?? []] : new List<WaitEntry>();
        var now = time.GetUtcNow().ToUnixTimeMilliseconds() * 1000;
        if (isOfRow && await HasFallenBackAsync(coupon, survivors.Count))
        {
            // Their leaves, which SQL had and has lost.
            var left = inLedger.Values.Where(wait => wait.LeftAt is null && !survivors.ContainsKey(wait.User) && !isOut(wait.User)).ToList();
            log.AddRange(left.Select(wait => new WaitEntry(false, now, wait.Serial, wait.User)));
            if (left.Count > 0)
                LogLeavesPutBack(id.Key, left.Count);
        }
        var line = RebuiltLine.Of(coupon, inLedger, log, isOfRow ? survivors : new Dictionary<string, long>(), isOut, now);

        await lease.StepsAsync("unwait", survivors.Keys.Where(user => !line.Waiting.ContainsKey(user)));
        // Name after serial, so that a step never parts the two: its size is even.
        await lease.StepsAsync("wait", line.Waiting.Where(wait => survivors.GetValueOrDefault(wait.Key) != wait.Value)
            .SelectMany(wait => new[] { wait.Value.ToString(CultureInfo.InvariantCulture), wait.Key }));
        await lease.StepsAsync("log", line.Waitlog.Select(entry => entry.ToString()));
        return line;
    }

    /// <summary>
    /// Whether the ledger lacks joins or leaves that it had recorded, while Redis has its line whole: then who waits in the ledger alone has left.
    /// </summary>
    private Task<bool> HasFallenBackAsync(LedgerCoupon coupon, int waiting) => StockServer.Guard(async () =>
    {
        var fields = await server.Database.HashGetAsync(_keys[0], _lineFields, CommandFlags.DemandMaster);
        var counts = Array.ConvertAll(fields, field => TermsInRedis.NumberIn(field) ?? 0);
        return counts[3] > coupon.Joins + coupon.Leaves && counts[0] - counts[1] - counts[2] == waiting;
    });

    private Task<Dictionary<string, long>> ReadWaitingAsync(RebuildLease lease) => StockServer.Guard(async () =>
    {
        var survivors = new Dictionary<string, long>();
        for (long first = 0; ; first += Page)
        {
            var page = await server.Database.SortedSetRangeByRankWithScoresAsync(_keys[StockKeys.Fenced + 1], first, first + Page - 1, flags: CommandFlags.DemandMaster);
            if (page.Length == 0)
                return survivors;
            foreach (var entry in page)
                survivors[(string)entry.Element!] = (long)entry.Score;
            await lease.RenewAsync();
        }
    });

    private Task<List<WaitEntry>> ReadWaitlogAsync(RebuildLease lease) => StockServer.Guard(async () =>
    {
        var log = new List<WaitEntry>();
        for (long first = 0; ; first += Page)
        {
            var texts = await server.Database.ListRangeAsync(_keys[StockKeys.Fenced + 2], first, first + Page - 1, CommandFlags.DemandMaster);
            if (texts.Length == 0)
                return log;
            foreach (var text in texts)
            {
                if (WaitEntry.TryParse((string)text!, out var entry))
                    log.Add(entry);
            }
            await lease.RenewAsync();
        }
    });

    [LoggerMessage(EventIds.LeavesPutBack, LogLevel.Error, "Coupon {Coupon}: the ledger had lost that {Count} customers have left its waiting list, which Redis knows; it has fallen back. They are not in line.")]
    private partial void LogLeavesPutBack(string coupon, int count);
}
