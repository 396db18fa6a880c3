using MySqlConnector;
using SecKill.Grains.Outbox;

namespace SecKill.Tests.Integration.Ledger;

/// <summary>The database dies: every method says so in one way, and all go on when it is back.</summary>
public sealed class OutageTests(MySqlSite site) : IClassFixture<MySqlSite>
{
    private static readonly TimeSpan _bounded = TimeSpan.FromSeconds(60);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_method_says_that_the_database_is_away_and_works_when_it_is_back()
    {
        var ledger = site.Ledger;
        var coupon = await ledger.CreateAsync(10);
        var other = coupon.Id with { Name = CouponName.Known("other") };
        var calls = new Dictionary<string, Func<Task>>
        {
            ["ping"] = () => ledger.PingAsync(Cancellation),
            ["create"] = () => ledger.CreateAsync(other, coupon.Terms),
            ["find"] = () => ledger.FindAsync(coupon.Id),
            ["coupons of"] = () => ledger.CouponsOfAsync(["anna"]),
            ["claims of"] = () => ledger.ClaimsOfAsync(["anna"]),
            ["unfinished"] = () => ledger.UnfinishedAsync(long.MaxValue, 1),
            ["epoch"] = () => ledger.BeginEpochAsync(other, -1),
            ["owners"] = () => ledger.OwnersAsync(coupon.Key, "", 1),
            ["change"] = () => ledger.ChangeAsync(new TermsChange(coupon.Key, 99)),
            ["put back terms"] = () => ledger.PutBackTermsAsync(coupon.Key, 0, StockTerms.Of(coupon)),
            ["latch"] = () => ledger.LatchAsync(coupon.Key, 0, 1, null),
            ["return"] = () => ledger.ReturnAsync([new ClaimReturn(coupon.Key, 0, "anna", 1)]),
            ["returns before"] = () => ledger.ReturnsBeforeAsync(coupon.Key, 1, 1),
            ["put back returns"] = () => ledger.PutBackReturnsAsync(coupon.Key, 0, ["anna"]),
            ["drain"] = () => ledger.DrainAsync(coupon.Batch(0, "anna")),
        };
        await site.Server.KillAsync();

        var faults = new Dictionary<string, Type?>();
        foreach (var (name, call) in calls)
            faults[name] = (await Record.ExceptionAsync(call))?.GetType();
        await site.Server.StartAsync();
        foreach (var call in calls.Values)
            await call();

        Assert.All(faults, fault => Assert.Equal((fault.Key, typeof(UnavailableException)), (fault.Key, fault.Value)));
        Assert.Equal(9, (await ledger.FindAsync(coupon.Id))!.Left);
    }

    [Fact]
    public async Task What_the_database_refuses_is_not_called_unanswered()
    {
        var coupon = await site.Ledger.CreateAsync(10);

        var fault = await Assert.ThrowsAsync<UnavailableException>(() => site.Ledger.CreateAsync(
            coupon.Id with { Name = CouponName.Known("another") }, coupon.Terms with { Description = new string('x', 70_000) }));

        Assert.StartsWith("SQL refused: ", fault.Message, StringComparison.Ordinal);
    }

    /// <summary>MySqlConnector puts no time-out on the beginning of a transaction.</summary>
    [Fact]
    public async Task A_server_that_vanishes_at_a_begin_holds_up_the_other_coupons_for_a_bounded_time()
    {
        await using var link = new Link((int)new MySqlConnectionStringBuilder(site.Server.ConnectionString).Port);
        var behindLink = new MySqlConnectionStringBuilder(site.Server.ConnectionString) { Port = (uint)link.Port }.ConnectionString;
        using var writer = new LedgerWriter(new MySqlLedger(behindLink, timeout: TimeSpan.FromSeconds(3)));
        var (first, second) = (await site.Ledger.CreateAsync(10), await site.Ledger.CreateAsync(10));
        var vanished = link.LoseAfterAsync("start transaction", LinkLoss.AnswerInSilence, _bounded);

        var lost = writer.DrainAsync(first.Batch(0, "anna"));
        Assert.True(await vanished);
        var behind = writer.DrainAsync(second.Batch(0, "berta"));

        await Assert.ThrowsAsync<UnavailableException>(() => lost.WaitAsync(_bounded, Cancellation));
        Assert.True((await behind.WaitAsync(_bounded, Cancellation)).Committed);
        Assert.True((await writer.DrainAsync(first.Batch(0, "anna"))).Committed);
    }

    [Fact]
    public async Task A_death_in_the_middle_of_draining_loses_and_doubles_nothing()
    {
        var coupons = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => site.Ledger.CreateAsync(100_000)));
        var committed = new ConcurrentDictionary<long, int>();
        var strange = new ConcurrentQueue<Exception>();
        var busy = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var stop = new CancellationTokenSource();
        using var writer = new LedgerWriter(site.NewLedger());
        var draining = coupons.Select(coupon => Task.Run(async () =>
        {
            for (long position = 0; !stop.IsCancellationRequested;)
            {
                try
                {
                    var result = await writer.DrainAsync(coupon.Batch(position, $"u{position}", $"u{position + 1}"));
                    // Not committed: the batch before was, though its answer was lost.
                    position = result.Committed ? position + 2 : result.Drained;
                    committed[coupon.LedgerId] = (int)position;
                    if (position > 100)
                        busy.TrySetResult();
                }
                catch (UnavailableException)
                {
                    await Task.Yield();
                }
                catch (Exception fault)
                {
                    strange.Enqueue(fault);
                }
            }
        }, Cancellation)).ToArray();

        await busy.Task.WaitAsync(TimeSpan.FromSeconds(120), Cancellation);
        await site.Server.RestartAsync();
        var before = committed.Values.Sum();
        await Eventually.HoldsAsync(
            "draining resumes", "more claims", () => Task.FromResult(committed.Values.Sum()), sum => sum > before + 100, TimeSpan.FromSeconds(120));
        await stop.CancelAsync();
        await Task.WhenAll(draining);

        Assert.Empty(strange);
        foreach (var coupon in coupons)
        {
            var row = await site.Ledger.FindAsync(coupon.Id);
            Assert.Equal(committed[coupon.LedgerId], row!.Drained);
            Assert.Equal(100_000 - row.Drained, row.Left);
            Assert.Equal(row.Drained, await site.QueryAsync($"SELECT COUNT(*) FROM claims WHERE coupon_id = {coupon.LedgerId}"));
        }
    }
}
