using SecKill.Grains.Lists;

namespace SecKill.Tests.Integration.Stock;

/// <summary>Redis is demoted or replaced: a claim is decided by a primary that was verified, or not at all.</summary>
public sealed class PrimaryTests : IAsyncLifetime
{
    private static readonly CouponId _id = CouponId.Known("seller", "coupon");
    private static readonly TimeSpan _soon = TimeSpan.FromSeconds(60);

    private readonly RedisServer _first = new();
    private readonly RedisServer _second = new();
    private StockServer _server = null!;

    private CouponStock Stock => new(_server, _id);

    public async ValueTask InitializeAsync()
    {
        await Task.WhenAll(_first.StartAsync(), _second.StartAsync());
        await FollowAsync(_second, _first);
        // Redis takes another replication id when its first replica comes, which a connection that is just being made refuses.
        await ReplicatedAsync(_second, _first);
        _server = await StockSite.ConnectAsync($"{_first.ConnectionString},{_second.ConnectionString}");
        Assert.True(await Stock.OpenNewAsync(await Stock.CurrentScriptsAsync(), new LedgerCoupon(new LedgerKey(1, 1), _id, new CouponTerms(100, 0, ""), 100, 0, 0)));
        Assert.Equal(StockState.Verified, (await Stock.ClaimAsync(["anna"])).State);
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        await _first.DisposeAsync();
        await _second.DisposeAsync();
    }

    [Fact]
    public async Task A_promoted_replica_decides_nothing_before_the_coupon_is_verified()
    {
        await ReplicatedAsync(_second, _first);
        await _first.KillAsync();

        await PromoteAsync(_second);

        Assert.Equal(StockState.Unverified, await FirstAnswerAsync());
    }

    [Fact]
    public async Task Failing_over_and_back_again_leaves_a_server_that_answers()
    {
        await ReplicatedAsync(_second, _first);
        await _first.KillAsync();
        await PromoteAsync(_second);
        Assert.Equal(StockState.Unverified, await FirstAnswerAsync());
        await _first.StartAsync();
        await FollowAsync(_first, _second);
        await ReplicatedAsync(_first, _second);

        await _second.KillAsync();
        await PromoteAsync(_first);

        Assert.Equal(StockState.Unverified, await FirstAnswerAsync());
    }

    [Fact]
    public async Task A_primary_that_was_a_replica_in_between_is_not_believed_although_its_process_lives_on()
    {
        await ReplicatedAsync(_second, _first);
        await PromoteAsync(_second);
        await FollowAsync(_first, _second);
        Assert.Equal(StockState.Unverified, await FirstAnswerAsync());
        await ReplicatedAsync(_first, _second);

        await _second.KillAsync();
        await PromoteAsync(_first);

        Assert.Equal(StockState.Unverified, await FirstAnswerAsync());
    }

    [Fact]
    public async Task A_demoted_primary_leaves_claims_undecided_and_nothing_worse()
    {
        await CommandAsync(_second, "REPLICAOF", "NO", "ONE");
        await _second.KillAsync();
        await CommandAsync(_first, "REPLICAOF", "127.0.0.1", "1");

        // The client notices in its own time; before and after, every failure is of the kind that becomes a 503.
        await Eventually.HoldsAsync(
            "the client notices", "no primary", async () => (await Assert.ThrowsAsync<UnavailableException>(ClaimAsync)).Message,
            message => !message.Contains("READONLY", StringComparison.Ordinal), _soon);
        // A replica would answer this one.
        await Eventually.HoldsAsync<Exception?>(
            "the client notices here too", "no owners", async () => await Record.ExceptionAsync(Stock.OwnersAsync), fault => fault is not null, _soon);
        await Assert.ThrowsAsync<UnavailableException>(Stock.OwnersAsync);
        await Assert.ThrowsAsync<UnavailableException>(ClaimAsync);
        await Assert.ThrowsAsync<UnavailableException>(() => new ListStore(_server).AddAsync([new ListEntry("anna", _id, 1)]));

        Task ClaimAsync() => Stock.ClaimAsync(["bert"]);
    }

    /// <summary>The answer to the next claim; a claim on unverified stock changes nothing.</summary>
    private Task<StockState> FirstAnswerAsync() => Eventually.HoldsAsync(
        "the other server answers", "an answer", async () => (await Stock.ClaimAsync(["bert"])).State, _ => true, _soon);

    /// <summary>Waits for what is written now, which the replica can have from its present primary alone.</summary>
    private static async Task ReplicatedAsync(RedisServer replica, RedisServer primary)
    {
        var mark = Guid.NewGuid().ToString();
        await using var from = await ConnectionMultiplexer.ConnectAsync(primary.ConnectionString);
        await from.GetDatabase().StringSetAsync("mark", mark);
        await using var to = await ConnectionMultiplexer.ConnectAsync(replica.ConnectionString);
        await Eventually.EqualAsync(
            "what was written is replicated", mark, async () => (string?)await to.GetDatabase().StringGetAsync("mark", CommandFlags.PreferReplica), _soon);
    }

    private static Task PromoteAsync(RedisServer server) => CommandAsync(server, "REPLICAOF", "NO", "ONE");

    private static Task FollowAsync(RedisServer replica, RedisServer primary) =>
        CommandAsync(replica, "REPLICAOF", [.. primary.ConnectionString.Split(':')]);

    private static async Task CommandAsync(RedisServer server, string command, params object[] arguments)
    {
        await using var connection = await ConnectionMultiplexer.ConnectAsync($"{server.ConnectionString},allowAdmin=true");
        await connection.GetServers().Single().ExecuteAsync(command, arguments);
    }
}
