using System.Text;
using SecKill.Grains.Claims;
using SecKill.Grains.Stock;

namespace SecKill.Tests.Unit.Claims;

/// <summary>A silo refuses without asking Redis only who surely owns nothing, and only as long as Redis would.</summary>
public sealed class RefusalLeasesTests
{
    private static readonly TimeSpan _duration = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(10);
    private static readonly FilterStamp _soldOut = new(Epoch: 1, Positions: 2);

    private readonly TestClock _clock = new();
    private readonly Lock _gate = new();
    private readonly Queue<TaskCompletionSource<string[]>> _scans = [];
    private readonly RefusalLeases _leases;

    public RefusalLeasesTests() => _leases = new RefusalLeases(_duration, _clock, ScanAsync, _gate);

    [Fact]
    public async Task A_decision_of_the_filters_stamp_gives_a_lease_from_when_redis_was_asked()
    {
        Decide(left: 0, _soldOut);
        Assert.Null(_leases.For(null));
        await BuiltAsync(_soldOut, "anna", "bert");
        _clock.Advance(_duration);
        Assert.Null(_leases.For(null));

        var asked = _clock.GetTimestamp();
        _clock.Advance(TimeSpan.FromMilliseconds(30));
        Decide(left: 0, _soldOut, asked);

        var lease = _leases.For(null)!;
        Assert.Equal((ClaimOutcome.SoldOut, TimeSpan.FromMilliseconds(70), _soldOut), (lease.Reason, lease.Duration, lease.Stamp));
        Assert.True(lease.Filter!.MayContain("anna"));
        Assert.Null(_leases.For(_soldOut)!.Filter);
        Assert.NotNull(_leases.TryRefuse(new ClaimBatch(["carl"], null)));
        Assert.Null(_leases.TryRefuse(new ClaimBatch(["carl", "anna"], null)));
        _clock.Advance(TimeSpan.FromMilliseconds(70));
        Assert.Null(_leases.For(null));
    }

    [Fact]
    public async Task A_decision_of_another_stamp_gives_none_and_the_names_are_scanned_anew()
    {
        Decide(left: 0, _soldOut);
        await BuiltAsync(_soldOut, "anna", "bert");
        Decide(left: 0, _soldOut with { Positions = 3 });
        Assert.Null(_leases.For(null));

        await BuiltAsync(_soldOut with { Positions = 3 }, "anna", "bert", "carl");

        Assert.Equal(3, _leases.For(null)!.Stamp.Positions);
    }

    [Fact]
    public async Task Units_that_are_left_end_the_lease()
    {
        Decide(left: 0, _soldOut);
        await BuiltAsync(_soldOut, "anna", "bert");
        Decide(left: 1, _soldOut);

        Assert.Null(_leases.For(null));
        Assert.Null(_leases.TryRefuse(new ClaimBatch(["carl"], null)));
    }

    [Fact]
    public async Task A_filter_that_is_ready_after_a_new_epoch_has_begun_is_not_used()
    {
        Decide(left: 0, _soldOut);
        var late = await BegunAsync();
        lock (_gate)
            _leases.StartEpoch();
        Decide(left: 0, _soldOut with { Epoch = 2 });
        late.SetResult(["anna", "bert"]);
        await BuiltAsync(_soldOut with { Epoch = 2 }, "carl", "dora");

        Assert.Equal(2, _leases.For(null)!.Stamp.Epoch);
    }

    [Fact]
    public async Task Names_that_cannot_be_scanned_are_scanned_at_the_next_refusal()
    {
        Decide(left: 0, _soldOut);
        (await BegunAsync()).SetException(new UnavailableException("Redis is away."));
        await Eventually.EqualAsync("the next scan begins", true, () =>
        {
            Decide(left: 0, _soldOut);
            lock (_scans)
                return Task.FromResult(_scans.Count > 0);
        }, _limit);
        Assert.Null(_leases.For(null));
    }

    [Fact]
    public async Task Many_names_that_cannot_be_scanned_are_scanned_again_after_a_pause()
    {
        var soldOut = _soldOut with { Positions = 1_000_000 };
        Decide(left: 0, soldOut);
        (await BegunAsync()).SetException(new UnavailableException("Units came back meanwhile."));
        for (var i = 0; i < 100; i++)
        {
            Decide(left: 0, soldOut);
            await NothingIsScannedAsync();
        }

        await Eventually.EqualAsync("the next scan begins", true, () =>
        {
            _clock.Advance(TimeSpan.FromSeconds(11));
            Decide(left: 0, soldOut);
            return Task.FromResult(Scans > 0);
        }, _limit);
    }

    [Fact]
    public void Before_the_start_a_lease_needs_no_scan_and_ends_at_the_start()
    {
        DecideNotStarted(TimeSpan.FromMilliseconds(250));
        var lease = _leases.TryRefuse(new ClaimBatch(["anna"], null))!;
        Assert.Equal(
            (ClaimOutcome.NotStarted, _duration, TimeSpan.FromMilliseconds(250)), (lease.Reason, lease.Duration, lease.StartsIn!.Value));

        _clock.Advance(TimeSpan.FromMilliseconds(220));
        Assert.Null(_leases.TryRefuse(new ClaimBatch(["anna"], null)));
        DecideNotStarted(TimeSpan.FromMilliseconds(30));
        _clock.Advance(TimeSpan.FromMilliseconds(20));
        lease = _leases.For(null)!;
        Assert.Equal((TimeSpan.FromMilliseconds(10), TimeSpan.FromMilliseconds(10)), (lease.Duration, lease.StartsIn!.Value));
        _clock.Advance(TimeSpan.FromMilliseconds(10));
        Assert.Null(_leases.TryRefuse(new ClaimBatch(["anna"], null)));
        Assert.Null(_leases.For(null));
        Assert.Equal(0, Scans);
    }

    [Fact]
    public void A_start_is_told_though_nothing_may_be_refused_while_owners_are_scanned()
    {
        DecideNotStarted(TimeSpan.FromMinutes(1), _soldOut);

        var lease = _leases.For(null)!;
        Assert.Equal((TimeSpan.Zero, TimeSpan.FromMinutes(1), null), (lease.Duration, lease.StartsIn!.Value, lease.Filter));
        Assert.Null(_leases.TryRefuse(new ClaimBatch(["anna"], null)));
    }

    [Fact]
    public async Task A_decision_under_terms_of_before_changes_nothing()
    {
        Decide(left: 0, _soldOut);
        await BuiltAsync(_soldOut, "anna", "bert");
        Decide(left: 4, _soldOut, version: 1);
        Assert.Equal(4, _leases.Left);
        Decide(left: 0, _soldOut);

        Assert.Null(_leases.For(null));
        Assert.Equal(4, _leases.Left);
    }

    [Fact]
    public void An_answer_that_comes_late_does_not_stretch_its_reason_to_the_end_of_a_later_one()
    {
        var asked = _clock.GetTimestamp();
        _clock.Advance(TimeSpan.FromMilliseconds(5));
        DecideTerms(new DecidedTerms(1, ClaimOutcome.Paused, null, default), _clock.GetTimestamp());
        DecideTerms(new DecidedTerms(1, ClaimOutcome.NotStarted, TimeSpan.FromMilliseconds(1), default), asked);

        Assert.Equal((ClaimOutcome.Paused, _duration), (_leases.For(null)!.Reason, _leases.For(null)!.Duration));
    }

    [Fact]
    public void A_start_in_a_thousand_years_gives_leases_as_any_other()
    {
        DecideNotStarted(TimeSpan.FromDays(365_000));

        Assert.Equal(_duration, _leases.For(null)!.Duration);
    }

    [Fact]
    public void Later_terms_end_a_lease()
    {
        DecideTerms(new DecidedTerms(1, ClaimOutcome.Ended, null, default), _clock.GetTimestamp());
        Assert.NotNull(_leases.For(null));

        DecideTerms(new DecidedTerms(2, ClaimOutcome.Paused, null, default), _clock.GetTimestamp() - 1);

        Assert.True(_leases.For(null)!.Duration < _duration);
    }

    [Fact]
    public void Units_that_are_given_back_end_a_lease_and_show_as_left_whichever_reply_comes_late()
    {
        var soldOut = new DecidedTerms(1, ClaimOutcome.SoldOut, null, default);
        DecideTerms(soldOut, _clock.GetTimestamp(), left: 0);
        Assert.NotNull(_leases.For(null));

        _leases.StartTerms(1);

        Assert.Null(_leases.For(null));
        Assert.Equal(1, _leases.Left);
        DecideTerms(soldOut, _clock.GetTimestamp(), left: 0);
        DecideTerms(soldOut with { Refusal = null }, _clock.GetTimestamp(), left: 1);
        Assert.Equal(1, _leases.Left);
    }

    [Fact]
    public async Task The_filter_of_a_large_coupon_is_built_when_nine_tenths_are_sold_and_the_first_refusal_gives_a_lease()
    {
        Win(18_000, left: 2_001, "anna");
        await NothingIsScannedAsync();
        Win(18_001, left: 2_000, "bert");
        var scan = await BegunAsync();
        Win(18_002, left: 1_999, "carl");
        Assert.Equal((0, false), (Scans, _leases.HasFilter));
        scan.SetResult(["anna", "bert"]);
        await FilterAsync();
        Win(18_003, left: 0, [.. Enumerable.Range(0, 1_999).Select(i => $"late-{i}")]);

        var lease = _leases.For(null)!;
        Assert.Equal((ClaimOutcome.SoldOut, _duration, 20_002), (lease.Reason, lease.Duration, lease.Stamp.Positions));
        Assert.All(["anna", "bert", "carl", "late-0", "late-1998"], owner => Assert.True(lease.Filter!.MayContain(owner)));
        Assert.Equal(0, Scans);
    }

    [Fact]
    public async Task The_filter_of_a_large_coupon_is_built_shortly_before_its_end()
    {
        DecideTerms(new DecidedTerms(1, null, null, default, TimeSpan.FromSeconds(10.1)), _clock.GetTimestamp(), 20_000, left: 100_000);
        await NothingIsScannedAsync();
        DecideTerms(new DecidedTerms(1, null, null, default, TimeSpan.FromSeconds(10)), _clock.GetTimestamp(), 20_000, left: 100_000);
        (await BegunAsync()).SetResult(["anna"]);
        await FilterAsync();

        DecideTerms(new DecidedTerms(1, ClaimOutcome.Ended, null, default), _clock.GetTimestamp(), positions: 20_000);

        Assert.Equal(ClaimOutcome.Ended, _leases.For(null)!.Reason);
    }

    [Fact]
    public async Task The_owners_of_a_small_coupon_are_scanned_when_they_are_needed()
    {
        Win(9_998, left: 1, "anna");
        DecideTerms(new DecidedTerms(1, null, null, default, TimeSpan.FromSeconds(1)), _clock.GetTimestamp(), positions: 9_999);
        await NothingIsScannedAsync();

        Decide(left: 0, _soldOut with { Positions = 9_999 }, version: 1);

        await BegunAsync();
    }

    [Fact]
    public async Task A_winner_who_is_heard_of_while_the_names_are_scanned_is_never_refused()
    {
        Win(18_000, left: 1_000, "anna");
        var scan = await BegunAsync();
        Win(18_001, left: 0, [.. Enumerable.Range(0, 1_000).Select(i => $"late-{i}")]);
        Assert.Null(_leases.For(null));
        scan.SetResult(["anna"]);
        await FilterAsync();
        Decide(left: 0, _soldOut with { Positions = 19_001 });

        Assert.NotNull(_leases.TryRefuse(new ClaimBatch(["carl"], null)));
        Assert.Null(_leases.TryRefuse(new ClaimBatch(["late-0"], null)));
        Assert.Null(_leases.TryRefuse(new ClaimBatch(["carl", "late-999"], null)));
    }

    [Fact]
    public async Task While_winners_are_missing_there_is_no_lease_and_if_they_come_late_no_scan()
    {
        await AheadAsync(18_000);
        Decide(left: 0, _soldOut with { Positions = 18_002 });
        Assert.Null(_leases.For(null));
        Win(18_001, left: 0, "carl");
        Assert.Null(_leases.For(null));
        Win(18_000, left: 1, "bert");
        Decide(left: 0, _soldOut with { Positions = 18_002 });

        Assert.True(_leases.For(null) is { Filter: { } filter } && filter.MayContain("bert") && filter.MayContain("carl"));
        await NothingIsScannedAsync();
    }

    [Fact]
    public async Task Winners_of_whom_nothing_is_heard_for_a_second_are_scanned()
    {
        var soldOut = _soldOut with { Positions = 18_002 };
        await AheadAsync(18_000);
        Decide(left: 0, soldOut);
        _clock.Advance(TimeSpan.FromSeconds(1));
        Decide(left: 0, soldOut);
        await NothingIsScannedAsync();
        _clock.Advance(TimeSpan.FromMilliseconds(1));
        Decide(left: 0, soldOut);

        await BuiltAsync(soldOut, "anna", "bert", "carl");
        Assert.Equal(soldOut, _leases.For(null)!.Stamp);
    }

    [Fact]
    public async Task A_filter_that_is_full_is_given_up_and_built_anew_at_need()
    {
        await AheadAsync(18_000);
        // A raise.
        Win(18_000, left: 20_000, [.. Enumerable.Range(0, 2_500).Select(i => $"late-{i}")]);
        Assert.False(_leases.HasFilter);

        Decide(left: 0, _soldOut with { Positions = 40_500 });

        await BegunAsync();
    }

    [Fact]
    public async Task After_a_raise_by_one_unit_the_next_lease_comes_without_a_scan_and_with_its_winner_alone()
    {
        var before = _soldOut with { Positions = 18_000 };
        Decide(left: 0, before);
        await BuiltAsync(before, "anna");
        Assert.NotNull(_leases.For(null));

        DecideTerms(new DecidedTerms(1, null, null, default), _clock.GetTimestamp(), positions: 18_000);
        Assert.Null(_leases.For(null));
        Win(18_000, left: 0, 1, "bert");

        var lease = _leases.For(before)!;
        Assert.Equal((18_001, null, before), (lease.Stamp.Positions, lease.Filter, lease.AddedTo));
        Assert.Equal(["bert"], lease.Added!);
        Assert.True(_leases.For(null) is { Added: null, Filter: { } filter } && filter.MayContain("bert") && filter.MayContain("anna"));
        Assert.True(_leases.For(before with { Positions = 17_999 }) is { Added: null, Filter: not null });
        Assert.True(_leases.For(lease.Stamp) is { Added: null, Filter: null });
        Assert.Null(_leases.TryRefuse(new ClaimBatch(["bert"], null)));
        await NothingIsScannedAsync();
    }

    [Fact]
    public async Task A_scan_ahead_that_fails_is_not_repeated_at_each_claim()
    {
        Win(18_000, left: 1_000, "anna");
        (await BegunAsync()).SetException(new UnavailableException("Redis is away."));
        _clock.Advance(TimeSpan.FromSeconds(10));
        Win(18_001, left: 999, "bert");
        await NothingIsScannedAsync();
        _clock.Advance(TimeSpan.FromMilliseconds(1));
        await Eventually.EqualAsync("the next scan begins", true, () =>
        {
            Decide(left: 999, _soldOut with { Positions = 18_002 });
            return Task.FromResult(Scans > 0);
        }, _limit);
    }

    [Fact]
    public async Task A_late_reply_of_before_the_sell_out_ends_no_lease()
    {
        await AheadAsync(18_000);
        Win(18_000, left: 0, "bert");
        Decide(left: 5, _soldOut with { Positions = 17_990 });

        Assert.NotNull(_leases.For(null));
    }

    [Fact]
    public void Who_joins_the_waiting_list_after_a_decision_is_never_refused_and_costs_no_other_a_lease()
    {
        var soldOut = new DecidedTerms(1, ClaimOutcome.SoldOut, null, default, Line: new DecidedLine([], Waiting: 0, Joins: 0, []));
        DecideTerms(soldOut, _clock.GetTimestamp(), left: 0);
        Join(0, "anna");

        var lease = _leases.For(null)!;
        Assert.Equal((1L, true), (lease.Stamp.Joins, lease.Filter!.MayContain("anna")));
        Assert.Equal((lease.Stamp, null), (_leases.For(lease.Stamp)!.Stamp, _leases.For(lease.Stamp)!.Filter));
        Assert.Equal(["anna"], _leases.For(lease.Stamp with { Joins = 0 })!.Added!);
        Assert.Null(_leases.TryRefuse(new ClaimBatch(["anna"], null)));
        _clock.Advance(_duration);
        // Overtaken by the join.
        DecideTerms(soldOut, _clock.GetTimestamp(), left: 0);
        Assert.Equal(_duration, _leases.For(null)!.Duration);
        // Of a join that this silo has not heard of.
        DecideTerms(soldOut with { Line = soldOut.Line! with { Joins = 2 } }, _clock.GetTimestamp(), left: 0);
        Assert.Null(_leases.For(null));

        void Join(long first, string user)
        {
            lock (_gate)
                _leases.NoteJoins([user], new JoinDecision(StockState.Verified, 1, 7, [WaitOutcome.Joined], [1], [1], Waiting: 1, first, FirstPosition: first), _clock.GetTimestamp());
        }
    }

    [Fact]
    public async Task The_names_of_a_long_line_are_not_scanned_anew_for_a_join_that_is_only_late()
    {
        var soldOut = new DecidedTerms(1, ClaimOutcome.SoldOut, null, default, Line: new DecidedLine([], Waiting: 50_000, Joins: 50_000, []));
        DecideTerms(soldOut, _clock.GetTimestamp(), positions: 20, left: 0);
        (await BegunAsync()).SetResult(["anna"]);
        await FilterAsync();
        var ahead = soldOut with { Line = soldOut.Line! with { Waiting = 50_001, Joins = 50_001 } };

        DecideTerms(ahead, _clock.GetTimestamp(), positions: 20, left: 0);

        _clock.Advance(TimeSpan.FromSeconds(1));
        DecideTerms(ahead, _clock.GetTimestamp(), positions: 20, left: 0);
        await NothingIsScannedAsync();
        _clock.Advance(TimeSpan.FromMilliseconds(1));
        DecideTerms(ahead, _clock.GetTimestamp(), positions: 20, left: 0);
        (await BegunAsync()).SetException(new UnavailableException("Many come and go."));
        for (var i = 0; i < 100; i++)
        {
            DecideTerms(ahead, _clock.GetTimestamp(), positions: 20, left: 0);
            await NothingIsScannedAsync();
        }
    }

    [Fact]
    public async Task A_full_line_refuses_joins_of_all_but_those_who_are_known_from_when_redis_was_asked_and_no_claim()
    {
        DecideJoin(isFull: true);
        Assert.Null(_leases.For(null));
        (await BegunAsync()).SetResult(["owner", "waiter"]);
        await FilterAsync();
        var asked = _clock.GetTimestamp();
        _clock.Advance(TimeSpan.FromMilliseconds(30));
        DecideJoin(isFull: true, asked);

        var lease = _leases.TryRefuseJoins(["carl"], null)!;
        Assert.Equal((TimeSpan.Zero, TimeSpan.FromMilliseconds(70), 1L), (lease.Duration, lease.FullFor, lease.Stamp.Joins));
        Assert.True(lease.Filter!.MayContain("waiter"));
        Assert.Equal(lease with { Filter = null }, _leases.For(lease.Stamp));
        Assert.Null(_leases.TryRefuseJoins(["carl", "waiter"], null));
        Assert.Null(_leases.TryRefuse(new ClaimBatch(["carl"], null)));
        DecideJoin(isFull: false);
        Assert.Null(_leases.TryRefuseJoins(["carl"], null));
        DecideJoin(isFull: true);
        _clock.Advance(_duration);
        Assert.Null(_leases.TryRefuseJoins(["carl"], null));
        Assert.Null(_leases.For(null));
    }

    [Fact]
    public async Task One_lease_carries_the_refusal_of_claims_and_of_joins_and_units_that_come_back_end_both()
    {
        DecideJoin(isFull: true);
        (await BegunAsync()).SetResult(["owner", "waiter"]);
        await FilterAsync();
        var soldOut = new DecidedTerms(1, ClaimOutcome.SoldOut, null, default, Line: new DecidedLine([], Waiting: 1, Joins: 1, []));
        DecideTerms(soldOut, _clock.GetTimestamp(), positions: 1, left: 0);
        _clock.Advance(TimeSpan.FromMilliseconds(40));
        DecideJoin(isFull: true);

        var lease = _leases.For(null)!;
        Assert.Equal((ClaimOutcome.SoldOut, TimeSpan.FromMilliseconds(60), _duration), (lease.Reason, lease.Duration, lease.FullFor));
        _leases.StartTerms(1);
        Assert.Null(_leases.For(null));
        Assert.Null(_leases.TryRefuseJoins(["carl"], null));
        // One won since; the reply of before says nothing of now.
        DecideTerms(soldOut, _clock.GetTimestamp(), positions: 1, left: 0);
        lock (_gate)
            _leases.NoteDecision(["bert"], Decision(0, new FilterStamp(1, 1), 1) with { Outcomes = [ClaimOutcome.Claimed] }, _clock.GetTimestamp());
        DecideJoin(isFull: true);
        Assert.Null(_leases.TryRefuseJoins(["carl"], null));
    }

    private void DecideJoin(bool isFull, long? asked = null)
    {
        var decision = new JoinDecision(StockState.Verified, 1, 7, [WaitOutcome.Full], [0], [0], Waiting: 1, FirstJoin: 1, FirstPosition: 1, Positions: 1, IsFull: isFull);
        lock (_gate)
            _leases.NoteJoins(["late"], decision, asked ?? _clock.GetTimestamp());
    }

    private void DecideTerms(DecidedTerms terms, long asked, long positions = 0, int left = 5)
    {
        lock (_gate)
            _leases.NoteDecision([], Decision(left, new FilterStamp(1, positions)) with { Terms = terms }, asked);
    }

    private void DecideNotStarted(TimeSpan startsIn, FilterStamp? stamp = null) =>
        DecideTerms(new DecidedTerms(1, ClaimOutcome.NotStarted, startsIn, default), _clock.GetTimestamp(), stamp?.Positions ?? 0);

    private async IAsyncEnumerable<ReadOnlyMemory<byte>> ScanAsync(FilterStamp from)
    {
        var names = new TaskCompletionSource<string[]>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_scans)
            _scans.Enqueue(names);
        foreach (var name in await names.Task)
            yield return Encoding.UTF8.GetBytes(name);
    }

    /// <summary>Scans that have begun, and that no test has taken.</summary>
    private int Scans
    {
        get
        {
            lock (_scans)
                return _scans.Count;
        }
    }

    private async Task<TaskCompletionSource<string[]>> BegunAsync()
    {
        TaskCompletionSource<string[]>? scan = null;
        await Eventually.EqualAsync("the names are scanned", true, () =>
        {
            lock (_scans)
                return Task.FromResult(_scans.TryDequeue(out scan));
        }, _limit);
        return scan!;
    }

    /// <summary>What a decision begins on the pool would be there by now.</summary>
    private async Task NothingIsScannedAsync()
    {
        for (var i = 0; i < 3; i++)
            await Task.Run(() => { });
        Assert.Equal(0, Scans);
    }

    private Task FilterAsync() => Eventually.EqualAsync("the filter is ready", true, () => Task.FromResult(_leases.HasFilter), _limit);

    /// <summary>A filter that was built ahead, of that many owners; anna is the last of them.</summary>
    private async Task AheadAsync(long positions)
    {
        Win(positions - 1, left: 1_000, "anna");
        (await BegunAsync()).SetResult(["anna"]);
        await FilterAsync();
    }

    /// <summary>Ends a scan, and decides under its stamp until that gives a lease.</summary>
    private async Task BuiltAsync(FilterStamp stamp, params string[] names)
    {
        (await BegunAsync()).SetResult(names);
        await Eventually.EqualAsync("the filter is in use", true, () =>
        {
            Decide(left: 0, stamp);
            return Task.FromResult(_leases.For(null) is not null);
        }, _limit);
    }

    private void Win(long first, int left, params string[] users) => Win(first, left, 0, users);

    private void Win(long first, int left, long version, params string[] users)
    {
        var outcomes = Array.ConvertAll(users, _ => ClaimOutcome.Claimed);
        lock (_gate)
            _leases.NoteDecision(users, Decision(left, new FilterStamp(1, first), version) with { Outcomes = outcomes }, _clock.GetTimestamp());
    }

    private void Decide(int left, FilterStamp stamp, long? asked = null, long version = 0)
    {
        lock (_gate)
            _leases.NoteDecision([], Decision(left, stamp, version), asked ?? _clock.GetTimestamp());
    }

    private static ClaimDecision Decision(int left, FilterStamp stamp, long version = 0) => new(
        StockState.Verified, [], left, stamp.Positions, 0, stamp.Epoch, true,
        version == 0 ? null : new DecidedTerms(version, left == 0 ? ClaimOutcome.SoldOut : null, null, default));
}
