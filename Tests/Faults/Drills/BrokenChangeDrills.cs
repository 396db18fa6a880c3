namespace SecKill.Tests.Faults.Drills;

/// <summary>When the silo that makes a change is killed.</summary>
public enum KillMoment
{
    /// <summary>Some moment after it has begun.</summary>
    AnyTime,

    /// <summary>Redis has set aside what the change takes, and the ledger's transaction is under way.</summary>
    BeforeCommit,

    /// <summary>The ledger has the change, and Redis does not.</summary>
    BeforeApply,
}

/// <summary>
/// Changes of a sale break off between its two stores: their silo dies, or SQL hangs and commits late. What was asked for is reached by a
/// repeat, and there are never more owners than the amount of that moment allows. Once in every run, long by hand.
/// </summary>
[Collection(LinkedCluster.Name)]
public sealed class BrokenChangeDrills(LinkedCluster linked) : IAsyncLifetime
{
    private const string FirstStatement = "FROM requests WHERE";
    private const string VersionStatement = "version = version + 1";
    private const string LastInsert = "INTO events";
    // Many more than are won until a killed silo's coupons sell again: fewer owners than a change leaves units.
    private const int FewLeft = 4_000;
    private const int Further = 6_000;

    private static readonly TimeSpan _committed = TimeSpan.FromSeconds(3);

    private readonly Random _random = new(DrillTerms.Seed);
    private ClusterDeployment _cluster = null!;

    public async ValueTask InitializeAsync() => _cluster = await linked.HealthyAsync();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Theory]
    [InlineData(KillMoment.AnyTime, Explicit = true)]
    [InlineData(KillMoment.BeforeCommit)]
    [InlineData(KillMoment.BeforeApply)]
    public async Task A_silo_is_killed_between_the_stores(KillMoment moment)
    {
        await using var sale = await ChangedSale.StartAsync(_cluster, $"a silo killed in a change, {moment}");
        var (ahead, held, reached, refused, restarting) = (0, 0, 0, 0, Task.CompletedTask);
        var rounds = DrillTerms.Rounds(1);
        for (var round = 1; round <= rounds; round++)
        {
            await restarting;
            var (change, isReached) = await NextAsync(sale, onlyTaking: moment == KillMoment.BeforeCommit);
            var (asked, before) = (await sale.Coupon.NowAsync(), (await sale.Coupon.StoresAsync()).Ledger.Version);
            var striking = StrikeAsync(sale, moment, before);
            var answering = sale.Coupon.SendAsync(change, _random.Next(2));
            var silo = _cluster.Silos[await striking];
            var (ledger, redis) = await sale.Coupon.StoresAsync();
            ahead += redis is not null && ledger.Version > redis.Version ? 1 : 0;
            held += redis is { Held: > 0 } ? 1 : 0;
            var answer = await answering;
            Assert.Contains(answer.Status, (int[])[200, 503]);
            restarting = silo.StartAsync();

            var isMade = await sale.DecidedAsync(change, asked, isReached);
            (reached, refused) = isMade ? (reached + 1, refused) : (reached, refused + 1);
            sale.Report.Note($"{round}: {change}: {answer.Status}, {(isMade ? "reached" : "refused")} by its repeat; so far the ledger was ahead {ahead} times, units were held {held} times");
        }
        await restarting;
        await sale.EndAsync($"{rounds} kills: {reached} changes reached by their repeat, {refused} refused for more owners; the ledger was ahead after {ahead}, units set aside after {held}");
    }

    /// <summary>MySQL is frozen for longer than commands are waited for, and runs what it has received once it wakes.</summary>
    [Fact]
    public async Task Sql_freezes_in_a_change_and_commits_it_late()
    {
        await using var sale = await ChangedSale.StartAsync(_cluster, "SQL freezes in a change");
        var (late, undecided, reached, rounds) = (0, 0, 0, DrillTerms.Rounds(1));
        for (var round = 1; round <= rounds; round++)
        {
            var (change, isReached) = await NextAsync(sale, onlyTaking: false);
            var asked = await sale.Coupon.NowAsync();
            var freezing = FreezeAsync(atCommit: _random.Next(3) > 0);
            var answering = sale.Coupon.SendAsync(change, _random.Next(2));
            await freezing;
            var answer = await answering;
            Assert.Contains(answer.Status, (int[])[200, 503]);
            undecided += answer.Status == 503 ? 1 : 0;
            var thawed = await sale.Coupon.NowAsync();
            await _cluster.MySqlServer.SignalAsync("CONT");
            // In every second round it is not sent again before the stores agree by themselves.
            if (round % 2 == 0)
                await sale.Coupon.SettledAsync(isQuiet: false);
            reached += await sale.DecidedAsync(change, asked, isReached) ? 1 : 0;
            late += answer.Status == 503 && (await sale.Coupon.RecordedAsync(change)).Any(at => at < thawed) ? 1 : 0;
            sale.Report.Note($"{round}: {change}: {answer.Status}; {late} committed late so far");
        }
        await sale.EndAsync($"{rounds} freezes: {undecided} answered 503, of which {late} were committed after it; {reached} changes reached by their repeat");
    }

    /// <summary>A change that makes sense now. A sale that does not sell is opened again first or now, one with few units left is given more.</summary>
    private async Task<(Change Change, Func<StoredTerms, bool> IsReached)> NextAsync(ChangedSale sale, bool onlyTaking)
    {
        var terms = await sale.Coupon.SettledAsync(isQuiet: false);
        var left = (await sale.Coupon.ViewAsync()).GetProperty("left").GetInt32();
        if (left < FewLeft || (onlyTaking && !sale.Terms.Last.MaySell))
        {
            var plenty = terms.Amount + Further;
            await sale.DecidedAsync(Change.Amount(plenty), await sale.Coupon.NowAsync(), now => now.Amount == plenty);
            (terms, left) = (terms with { Amount = plenty }, left + Further);
        }
        if (terms.IsPaused)
            return (Change.Resume(), now => !now.IsPaused);
        if (terms.Ends is not null)
            return (Change.NoEnd(), now => now.Ends is null);
        var amount = _random.Next(2) == 0 ? terms.Amount - _random.Next(1, left / 2) : terms.Amount + _random.Next(1, 500);
        return _random.Next(onlyTaking ? 2 : 5) switch
        {
            0 => (Change.Amount("sold"), now => now.Amount <= terms.Amount),
            1 => (Change.Amount(terms.Amount - (left / 3)), now => now.Amount == terms.Amount - (left / 3)),
            2 => (Change.Pause("价格"), now => now.IsPaused),
            3 => (Change.EndNow(), now => now.Ends is not null),
            _ => (Change.Amount(amount), now => now.Amount == amount),
        };
    }

    /// <summary>Kills the silo that makes the change which is about to be sent.</summary>
    /// <returns>Its index.</returns>
    private async Task<int> StrikeAsync(ChangedSale sale, KillMoment moment, long before)
    {
        var silo = await HearAsync(moment == KillMoment.AnyTime ? FirstStatement : VersionStatement, moment == KillMoment.BeforeCommit ? LinkLoss.AnswerInSilence : LinkLoss.None);
        switch (moment)
        {
            case KillMoment.AnyTime:
                await Task.Delay(_random.Next(60), TestContext.Current.CancellationToken);
                break;
            case KillMoment.BeforeApply:
                _cluster.Links[silo].Redis.FallSilent();
                await Eventually.HoldsAsync(
                    "the ledger has the change", "another version", async () => (await sale.Coupon.StoresAsync()).Ledger.Version, version => version > before, _committed);
                break;
        }
        await _cluster.Silos[silo].KillAsync();
        _cluster.Links[silo].Redis.Speak();
        return silo;
    }

    /// <summary>Freezes MySQL within the transaction of the change which is about to be sent.</summary>
    private async Task FreezeAsync(bool atCommit)
    {
        // So that it is frozen before it gets what was heard.
        foreach (var link in _cluster.Links)
            link.MySql.Delay = TimeSpan.FromMilliseconds(20);
        var silo = await HearAsync(VersionStatement, LinkLoss.None);
        // Another transaction's commit hardly comes between those two.
        if (atCommit && await _cluster.Links[silo].MySql.LoseAfterAsync(LastInsert, LinkLoss.None, _committed))
            await _cluster.Links[silo].MySql.LoseAfterAsync("commit", LinkLoss.None, _committed);
        await _cluster.MySqlServer.SignalAsync("STOP");
        foreach (var link in _cluster.Links)
            link.MySql.Delay = TimeSpan.Zero;
    }

    private Task<int> HearAsync(string said, LinkLoss loss) => LinkedCluster.HearAsync(_cluster, said, loss);
}
