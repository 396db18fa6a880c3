using SecKill.Grains.Live;

namespace SecKill.Grains.Outbox;

/// <summary>
/// At the start of a silo: wakes the coupons whose stock in Redis is missing or not verified, or whose outbox is not empty, among those
/// that the ledger does not know to be sold out, or that have a waiting list. A claim meanwhile does the same at once; this spares the
/// first visitor the wait. The newest coupons come onto the board, which a silo else begins empty.
/// </summary>
internal sealed partial class WarmUp(
    StockServer server, ILedger ledger, IGrainFactory grains, ClaimCounters counters, TimeProvider time, ILogger<WarmUp> logger) : BackgroundService
{
    private const int PageSize = 500;
    // A rebuild reads SQL; a start must not take all of its connections.
    private const int Concurrency = 4;
    private const int MaxRounds = 5;
    private static readonly TimeSpan _pause = TimeSpan.FromSeconds(5);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            // Again where not all went well: at a start a store may be slow, and another silo about to take its share of coupons.
            for (var round = 1; !await TryRoundAsync(stoppingToken) && round < MaxRounds; round++)
                await Task.Delay(_pause, time, stoppingToken);
        }
        catch (Exception fault) when (fault is not OutOfMemoryException)
        {
            // Not fatal: the first claim does the same work.
            LogStopped(fault);
        }
    }

    private async Task<bool> TryRoundAsync(CancellationToken stopping)
    {
        try
        {
            return await RoundAsync(stopping) == 0;
        }
        catch (UnavailableException fault)
        {
            LogBroken(fault);
            return false;
        }
    }

    /// <returns>How many could not be woken.</returns>
    private async Task<int> RoundAsync(CancellationToken stopping)
    {
        var (seen, woken, failed) = (0, 0, 0);
        var below = long.MaxValue;
        while (await ledger.UnfinishedAsync(below, PageSize) is { Count: > 0 } page)
        {
            // The first page has the newest, and more of them than the board has places.
            if (seen == 0)
                counters.MakeKnown(page.Take(BoardSnapshot.MaxSales).Select(coupon => coupon.Id.Key));
            below = page[^1].LedgerId;
            seen += page.Count;
            var stocks = await Task.WhenAll(page.Select(coupon => CouponStock.ReadAsync(server, coupon.Id)));
            // Those with a line to serve or to record, and those that have not started too: what took the table of reminders took their wake-up.
            var sleeping = page.Where((coupon, i) =>
                stocks[i] is not { State: StockState.Verified, OutboxLength: 0, StartsIn: null } || stocks[i].Version != coupon.Version || stocks[i].Returned != coupon.Returned
                || !coupon.Latches.Covers(stocks[i].Latches) || stocks[i].MustServe || stocks[i].Line is { LogLength: > 0 });
            var options = new ParallelOptions { MaxDegreeOfParallelism = Concurrency, CancellationToken = stopping };
            await Parallel.ForEachAsync(sleeping, options, async (coupon, _) =>
            {
                try
                {
                    await grains.GetGrain<ICouponGrain>(coupon.Id.Key).EnsureOfLedger();
                    Interlocked.Increment(ref woken);
                }
                catch (Exception fault) when (!stopping.IsCancellationRequested)
                {
                    Interlocked.Increment(ref failed);
                    LogNotWoken(fault, coupon.Id.Key);
                }
            });
        }
        LogDone(seen, woken, failed);
        return failed;
    }

    [LoggerMessage(EventIds.WarmUpDone, LogLevel.Information, "Warm-up: {Seen} coupons looked at, {Woken} woken, {Failed} failed.")]
    private partial void LogDone(int seen, int woken, int failed);

    [LoggerMessage(EventIds.CouponNotWoken, LogLevel.Warning, "Coupon {Coupon} was not woken; it will be in the next round, or at its first claim.")]
    private partial void LogNotWoken(Exception fault, string coupon);

    [LoggerMessage(EventIds.WarmUpRoundBroken, LogLevel.Warning, "Warm-up: a round was broken off.")]
    private partial void LogBroken(Exception fault);

    [LoggerMessage(EventIds.WarmUpStopped, LogLevel.Warning, "Warm-up ended early; coupons will be woken by their first claim.")]
    private partial void LogStopped(Exception fault);
}
