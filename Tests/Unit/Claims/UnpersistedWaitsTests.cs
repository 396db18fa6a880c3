using SecKill.Grains.Ledger;
using SecKill.Grains.Outbox;
using SecKill.Grains.Recovery;
using SecKill.Grains.Stock;

namespace SecKill.Tests.Unit.Claims;

/// <summary>What a silo remembers of joins and leaves that SQL does not have yet, and the line that a rebuild makes of it.</summary>
public sealed class UnpersistedWaitsTests
{
    private readonly ClaimSlots _slots = new(100);
    private readonly UnpersistedClaims _claims;

    public UnpersistedWaitsTests() => _claims = new UnpersistedClaims(_slots);

    [Fact]
    public void Joins_are_remembered_in_their_order_until_they_are_drained()
    {
        Assert.True(_claims.TryAddWaits(3, 2, [(Join(3, "carl"), true), (Leave(1, "anna"), true)]));
        Assert.True(_claims.TryAddWaits(3, 0, [(Join(1, "anna"), true), (Join(2, "bert"), true)]));

        Assert.Equal(["+1:anna", "+2:bert", "+3:carl", "-1:anna"], Texts(_claims.Waits.Remembered()));
        Assert.Equal(4, _claims.Waits.Log.Length);
        Assert.True(_claims.Any);
        _claims.NoteWaitsPersisted(3, 3);
        _claims.NoteWaitsPersisted(2, 9);
        // Those that arrived late are kept as long as those before them.
        Assert.Equal(["+1:anna", "+2:bert", "-1:anna"], Texts(_claims.Waits.Remembered()));
        _claims.NoteWaitsPersisted(3, 4);
        Assert.False(_claims.Any);
        Assert.Equal(default, _claims.Waits.Log);
    }

    [Fact]
    public void Of_a_join_that_is_repeated_the_first_reply_may_have_been_lost()
    {
        Assert.True(_claims.TryAddWaits(3, 5, [(Join(4, "anna"), false)]));
        Assert.Empty(_claims.Waits.Remembered());
        _claims.NoteWaitsPersisted(3, 4);

        Assert.True(_claims.TryAddWaits(3, 5, [(Join(4, "anna"), false), (Join(6, "bert"), true)]));

        Assert.Equal(["+4:anna", "+6:bert"], Texts(_claims.Waits.Remembered()));
        _claims.NoteWaitsPersisted(3, 5);
        Assert.Equal(["+6:bert"], Texts(_claims.Waits.Remembered()));
    }

    [Fact]
    public void Joins_take_no_claims_place()
    {
        var claims = new UnpersistedClaims(new ClaimSlots(2));

        Assert.True(claims.TryAddWaits(1, 0, [(Join(1, "anna"), true), (Join(2, "bert"), true), (Join(3, "carl"), true)]));
        Assert.True(claims.TryAdd(["dora"], new ClaimDecision(StockState.Verified, [ClaimOutcome.Claimed], 0, 0, 7, 1, IsListed: true)));

        Assert.Equal(["+1:anna", "+2:bert"], Texts(claims.Waits.Remembered()));
        Assert.Equal("dora", Assert.Single(claims.Remembered()).User);
    }

    [Theory]
    [InlineData(3, 2, 0)]
    [InlineData(3, 1, 1)]
    [InlineData(2, 1, 2)]
    public void Joins_and_leaves_that_a_rebuilt_line_lacks_are_counted_as_lost(int joins, int leaves, long lost)
    {
        var claims = new UnpersistedClaims(new ClaimSlots(1));
        Assert.True(claims.TryAddWaits(1, 2, [(Join(3, "anna"), true), (Join(4, "bert"), true), (Leave(3, "anna"), true)]));
        claims.Seal();
        var line = new RebuiltLine(joins + leaves, []) { Waiting = new Dictionary<string, long>(), Joins = joins, Leaves = leaves, Serial = 9 };

        Assert.Equal((0L, lost), claims.Unseal(new RebuiltStock(Epoch: 2, Drained: 0, Positions: 0, [], Line: line)));

        claims.Seal();
        Assert.Equal((0L, 0L), claims.Unseal(new RebuiltStock(Epoch: 3, Drained: 0, Positions: 0, [], Line: line)));
    }

    [Fact]
    public void Nobody_joins_while_the_stock_is_rebuilt_nor_by_a_reply_from_before_and_what_is_pending_then_is_remembered()
    {
        Assert.True(_claims.TryAddWaits(1, 0, [(Join(1, "anna"), true)]));
        _claims.Seal();
        Assert.False(_claims.TryAddWaits(1, 1, [(Join(2, "bert"), true)]));
        var line = new RebuiltLine(7, [Join(9, "carl")]) { Waiting = new Dictionary<string, long> { ["carl"] = 9 }, Joins = 8, Leaves = 0, Serial = 9 };
        _claims.Unseal(new RebuiltStock(Epoch: 2, Drained: 0, Positions: 0, [], Line: line));

        Assert.False(_claims.TryAddWaits(1, 1, [(Join(2, "bert"), true)]));
        Assert.Equal(["+9:carl"], Texts(_claims.Waits.Remembered()));
        _claims.NoteWaitsPersisted(2, 8);
        Assert.False(_claims.Any);
    }

    [Fact]
    public void A_claim_of_a_later_epoch_waits_for_the_joins_of_before()
    {
        Assert.True(_claims.TryAddWaits(1, 0, [(Join(1, "anna"), true)]));

        Assert.True(_claims.IsBehind(2));
        Assert.False(_claims.TryAddWaits(2, 0, [(Join(2, "bert"), true)]));
        _claims.Adopt(2, [], end: 0, _claims.Waits.Remembered(), endOfWaits: 4);

        Assert.True(_claims.TryAddWaits(2, 4, [(Join(5, "bert"), true)]));
        Assert.Equal(["+1:anna", "+5:bert"], Texts(_claims.Waits.Remembered()));
    }

    [Fact]
    public void A_line_is_put_together_of_ledger_log_memory_and_survivors()
    {
        var ledger = new[]
        {
            new LedgerWait("anna", 1, 7, null, null), new LedgerWait("bert", 2, 7, 8, null), new LedgerWait("carl", 3, 7, null, 9), new LedgerWait("dora", 4, 7, null, null),
        }.ToDictionary(wait => wait.User);
        WaitEntry[] log =
        [
            Join(4, "dora"), Leave(4, "dora"), // The first is in the ledger.
            Join(5, "bert"),                   // Again.
            Join(6, "emil"), Leave(6, "emil"), Join(7, "emil"),
            Join(8, "fred"),
        ];
        WaitEntry[] remembered = [Join(8, "fred"), Join(9, "gina"), Join(10, "hugo")];
        var survivors = new Dictionary<string, long> { ["anna"] = 1, ["carl"] = 3, ["ivo"] = 11 };
        var row = new LedgerCoupon(new LedgerKey(1, 1), CouponId.Known("bob", "b"), new CouponTerms(1, 1, "", Waitlist: 9), 0, 0, 0, Joins: 4, Leaves: 1);

        var line = RebuiltLine.Of(row, ledger, log.Concat(remembered), survivors, user => user is "carl" or "hugo", now: 12);

        Assert.Equal(["anna", "bert", "emil", "fred", "gina", "ivo"], line.Waiting.OrderBy(wait => wait.Value).Select(wait => wait.Key));
        Assert.Equal(["+5:bert", "+6:emil", "+7:emil", "+8:fred", "+9:gina", "+10:hugo", "+11:ivo", "-4:dora", "-6:emil"], Texts(line.Waitlog));
        Assert.Equal((5L, 11L, 3L, 11L), (line.Logged, line.Joins, line.Leaves, line.Serial));
        Assert.Equal(line.Waiting.Count, line.Joins - line.Leaves - line.Served);
        Assert.Equal(line.Joins + line.Leaves, line.Logged + line.Waitlog.Count);
    }

    private static WaitEntry Join(long serial, string user) => new(true, 7, serial, user);

    private static WaitEntry Leave(long serial, string user) => new(false, 8, serial, user);

    private static IEnumerable<string> Texts(IEnumerable<WaitEntry> entries) => entries.Select(entry => $"{(entry.IsJoin ? '+' : '-')}{entry.Serial}:{entry.User}");
}
