using Microsoft.Extensions.DependencyInjection;

namespace SecKill.Tests.Integration.Guarantees;

/// <summary>The coupon's grain before, at and after the edges of a window: what it registers, what it writes to the ledger, how often it asks Redis.</summary>
public sealed class SaleEdgeTests(GrainServers servers) : GrainClusters(servers)
{
    private const long Future = 4_000_000_000_000_000;
    private static readonly TimeSpan _soon = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan _longestDue = TimeSpan.FromDays(30);

    private static long Now => DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() * 1000;

    [Fact]
    public async Task A_sale_in_sixty_days_is_woken_before_its_start_in_steps_that_a_timer_takes()
    {
        await UseClusterAsync(silos: 1);
        var coupon = await CreatedAsync(startsAt: Now + 60L * 24 * 3600 * 1_000_000);
        var before = DateTime.UtcNow;

        await RingAsync(coupon);
        Assert.InRange((await ReminderAsync(coupon, "start"))!.StartAt, before + _longestDue - _soon, DateTime.UtcNow + _longestDue);

        await SetEdgeAsync(coupon, "starts", Now + 30_000_000);
        await RingAsync(coupon);
        Assert.NotNull(await ReminderAsync(coupon, "drain"));
        Assert.NotNull(await ReminderAsync(coupon, "start"));

        await SetEdgeAsync(coupon, "starts", 1);
        await RingAsync(coupon);
        Assert.Null(await ReminderAsync(coupon, "start"));
    }

    [Fact]
    public async Task A_sale_that_starts_in_two_minutes_is_woken_a_minute_before()
    {
        await UseClusterAsync(silos: 1);
        var coupon = await CreatedAsync(startsAt: Now + 120_000_000);

        Assert.InRange((await ReminderAsync(coupon, "start"))!.StartAt, DateTime.UtcNow, DateTime.UtcNow.AddSeconds(61));
        Assert.Null(await ReminderAsync(await CreatedAsync(startsAt: 1), "start"));
        Assert.Null(await ReminderAsync(await CreatedAsync(amount: 5), "start"));
    }

    [Fact]
    public async Task A_rebuild_registers_the_wake_up_anew_since_redis_has_lost_it_too()
    {
        await StartClusterAsync(silos: 1);
        var coupon = await CreatedAsync(startsAt: Now + 600_000_000);
        await FlushAsync();
        Assert.Null(await ReminderAsync(coupon, "start"));

        await Eventually.EqualAsync("the coupon is rebuilt", ClaimOutcome.NotStarted, () => ClaimAsync(coupon), _soon);

        await Eventually.EqualAsync("its wake-up is registered", true, async () => await ReminderAsync(coupon, "start") is not null, _soon);
    }

    [Fact]
    public async Task Edges_reach_the_ledger_and_hold_though_redis_is_lost_and_the_clock_set_back()
    {
        await StartClusterAsync(silos: 1);
        var coupon = await CreatedAsync(startsAt: 1);
        Assert.Equal(ClaimOutcome.Claimed, await ClaimAsync(coupon));
        await Eventually.EqualAsync("the start is in the ledger", true, async () => await RowAsync(coupon) is { OpenedAt: not null, EndedAt: null }, _soon);
        await SetEdgeAsync(coupon, "ends", 2);
        Assert.Equal(ClaimOutcome.Ended, await ClaimAsync(coupon));
        await Eventually.EqualAsync("the end is in the ledger", true, async () => await RowAsync(coupon) is { EndedAt: not null }, _soon);

        // As it is for a clock that stands before both.
        await ExecuteAsync($"UPDATE coupons SET starts_at = {Future}, ends_at = {Future + 1} WHERE id = {(await RowAsync(coupon)).LedgerId}");
        await FlushAsync();

        await Eventually.EqualAsync("the coupon is rebuilt", ClaimOutcome.Ended, () => ClaimAsync(coupon), _soon);
    }

    [Fact]
    public async Task Before_the_start_redis_is_asked_ten_times_a_second_whatever_the_crowd()
    {
        await StartClusterAsync(silos: 1);
        var starts = Now + 2_000_000;
        var coupon = await CreatedAsync(startsAt: starts, amount: 100_000);
        var grain = Clusters[0].Client.GetGrain<ICouponGrain>(coupon.Key);
        var (asked, outcomes) = (0, new ConcurrentBag<ClaimOutcome>());
        var runs = await ClaimScriptsAsync();

        // Two gateways that do without a lease of their own.
        await Task.WhenAll(Enumerable.Range(0, 2).Select(async _ =>
        {
            while (Now < starts - 200_000)
            {
                var reply = await grain.Claim(new ClaimBatch([.. Enumerable.Range(0, 100).Select(_ => $"customer-{Interlocked.Increment(ref asked)}")], null));
                foreach (var outcome in reply.Outcomes)
                    outcomes.Add(outcome);
            }
        }));

        Assert.All(outcomes, outcome => Assert.Equal(ClaimOutcome.NotStarted, outcome));
        Assert.True(asked > 10_000, $"{asked}");
        Assert.InRange(await ClaimScriptsAsync() - runs, 1, 40);
        await Eventually.EqualAsync("the sale has begun", ClaimOutcome.Claimed, () => ClaimAsync(coupon), _soon);
    }

    [Fact]
    public async Task What_would_be_over_already_is_not_created()
    {
        await UseClusterAsync(silos: 1);
        var id = CouponId.Known(Names.Fresh("seller"), "coupon");

        Assert.Equal(CreateCouponOutcome.EndIsPast, await Clusters[0].Client.GetGrain<ICouponGrain>(id.Key).Create(new CouponTerms(1, 5, "", EndsAt: Now - 1)));

        Assert.Null(await Ledger.FindAsync(id));
        Assert.Null(await Clusters[0].Client.GetGrain<ICouponGrain>(id.Key).View());
    }

    private async Task<CouponId> CreatedAsync(long startsAt, int amount = 5)
    {
        var id = CouponId.Known(Names.Fresh("seller"), Names.Fresh("coupon"));
        Assert.Equal(
            CreateCouponOutcome.Created, await Clusters[0].Client.GetGrain<ICouponGrain>(id.Key).Create(new CouponTerms(amount, 5, "", StartsAt: startsAt)));
        return id;
    }

    private async Task<ClaimOutcome> ClaimAsync(CouponId coupon) =>
        Assert.Single((await Clusters[0].Client.GetGrain<ICouponGrain>(coupon.Key).Claim(new ClaimBatch([Names.Fresh("customer")], null))).Outcomes);

    private async Task<LedgerCoupon> RowAsync(CouponId coupon) => (await Ledger.FindAsync(coupon))!;

    private Task RingAsync(CouponId coupon) =>
        Clusters[0].Client.GetGrain<ICouponGrain>(coupon.Key).AsReference<IRemindable>().ReceiveReminder("start", new TickStatus());

    private async Task<ReminderEntry?> ReminderAsync(CouponId coupon, string name) =>
        await Silo.GetRequiredService<IReminderTable>().ReadRow(Clusters[0].Client.GetGrain<ICouponGrain>(coupon.Key).GetGrainId(), name);

    private async Task SetEdgeAsync(CouponId coupon, string field, long micros)
    {
        await using var redis = await ConnectionMultiplexer.ConnectAsync(Redis.ConnectionString);
        await redis.GetDatabase().HashSetAsync(StockKeys.OfCoupon(coupon)[0], field, micros);
    }

    /// <summary>How often Redis ran the scripts, all of them: nothing else is going on.</summary>
    private async Task<long> ClaimScriptsAsync()
    {
        await using var redis = await ConnectionMultiplexer.ConnectAsync($"{Redis.ConnectionString},allowAdmin=true");
        return await RedisServer.ScriptsRunAsync(redis);
    }
}
