using System.Collections.Concurrent;

namespace SecKill.Tests.Faults.Drills;

/// <summary>
/// Customers who claim a unit of one coupon and give it back while two tills redeem it: of the three one wins. Each answer is held against
/// those before; some redemptions are taken back, and then it begins anew. A request that is not decided is sent again, by tills with the same key.
/// </summary>
/// <param name="atOnce">How many customers there are at a time.</param>
internal sealed class Storm(ClusterDeployment cluster, SellersCoupon coupon, int seed, int atOnce = 24) : IAsyncDisposable
{
    // A seller may change something so often.
    private const int MaxUndone = 800;

    private static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan _settled = TimeSpan.FromSeconds(120);

    private readonly CancellationTokenSource _stop = new();
    private readonly JudgedRequests _requests = new(cluster, coupon);
    private readonly ConcurrentQueue<string> _doubles = new();
    private readonly ConcurrentDictionary<string, Fate> _fates = new();
    private Task _visiting = Task.CompletedTask;
    private int _undone;
    private int _contests;

    /// <summary>How a customer's unit ended.</summary>
    private enum Fate
    {
        Owned,
        Returned,
        Redeemed,
    }

    /// <summary>How often a return and two redemptions of one unit were decided.</summary>
    public int Contests => Volatile.Read(ref _contests);

    /// <summary>Requests that were not decided at once.</summary>
    public int Undecided => _requests.Undecided;

    public void Start() => _visiting = Task.WhenAll(Enumerable.Range(0, atOnce).Select(i => Task.Run(() => VisitAsync(new Random(HashCode.Combine(seed, i))))));

    /// <summary>Waits until each customer knows what became of its requests.</summary>
    public async Task StopAsync()
    {
        await _stop.CancelAsync();
        await _visiting;
    }

    /// <summary>All answers were true, and both stores, events and lists have what they say.</summary>
    /// <returns>What was found, in words.</returns>
    public async Task<string> CheckAsync()
    {
        Assert.Empty(_requests.Lies);
        Assert.Empty(_doubles);
        var (returned, redeemed) = (CustomersOf(Fate.Returned), CustomersOf(Fate.Redeemed));
        await Eventually.HoldsAsync(
            "both stores have the same returns", "as many as were answered", coupon.BothReturnedAsync, seen => seen == (returned.Length, returned.Length), _settled);
        await coupon.SettledAsync(isQuiet: true);
        var report = await coupon.AddsUpAsync();
        Assert.Equal(
            (_fates.Count, returned.Length, redeemed.Length),
            (report.GetProperty("claimed").GetInt32(), report.GetProperty("returned").GetInt32(), report.GetProperty("redeemed").GetInt32()));
        var units = await coupon.UnitsAsync();
        Assert.DoesNotContain(units, unit => unit is { IsReturned: true, IsRedeemed: true });
        Assert.Equal(_fates.Keys.Order(), units.Select(unit => unit.Customer).Order());
        Assert.Equal(returned, units.Where(unit => unit.IsReturned).Select(unit => unit.Customer).Order());
        Assert.Equal(redeemed, units.Where(unit => unit.IsRedeemed).Select(unit => unit.Customer).Order());
        await CheckRedisAsync(returned);
        await CheckEventsAsync();
        await Parallel.ForEachAsync(_fates.Where((_, i) => i % 10 == 0), async (one, _) =>
        {
            var (answer, _) = await _requests.DecidedAsync(gateway => _requests.Gateways[gateway].ListAsync(_requests.TokenOf(one.Key), one.Key));
            Check.Equal(one.Value != Fate.Returned, answer.Coupons.Any(row => row.Name == coupon.OnSale.Name), one.Key);
        });
        return $"{Contests} contests of a return and two tills, one winner each: {returned.Length} returned, {redeemed.Length} redeemed, {_undone} redemptions taken back; {Undecided} requests sent again";
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _stop.Dispose();
    }

    private async Task CheckRedisAsync(string[] returned)
    {
        var redis = cluster.Redis!.GetDatabase();
        Assert.Equal(returned, (await redis.SetMembersAsync(coupon.Keys[3])).Select(name => name.ToString()).Order());
        Assert.Equal(_fates.Keys.Except(returned).Order(), (await redis.SetMembersAsync(coupon.Keys[1])).Select(name => name.ToString()).Order());
    }

    /// <summary>The story of each unit, in order and without a gap.</summary>
    private async Task CheckEventsAsync()
    {
        var events = await coupon.EventsAsync();
        Assert.Equal(Enumerable.Range(1, events.Count).Select(no => (long)no), events.Select(one => one.No));
        foreach (var story in events.Where(one => one.Customer is not null).GroupBy(one => one.Customer!))
        {
            var told = string.Join(' ', story.Select(one => one.Kind));
            Assert.Matches("^claimed( redeemed undone)*( redeemed| returned)?$", told);
            Check.Equal(
                _fates.TryGetValue(story.Key, out var fate) ? fate : (Fate)(-1),
                told.EndsWith("returned", StringComparison.Ordinal) ? Fate.Returned : told.EndsWith("redeemed", StringComparison.Ordinal) ? Fate.Redeemed : Fate.Owned, $"{story.Key}: {told}");
        }
    }

    private async Task VisitAsync(Random random)
    {
        while (!_stop.IsCancellationRequested)
        {
            var customer = Names.Fresh("c");
            if (!await _requests.ClaimAsync(customer))
            {
                // Who comes too late makes room for the others.
                await Task.Delay(_pause);
                continue;
            }
            _fates[customer] = Fate.Owned;
            var code = await CodeAsync(customer);
            while (await ContestAsync(customer, code) == Fate.Redeemed && random.Next(8) == 0 && Interlocked.Increment(ref _undone) <= MaxUndone)
                await UndoAsync(customer, code);
            await _requests.ClaimAsync(customer);
        }
    }

    /// <summary>The owner gives the unit back while two tills redeem it.</summary>
    private async Task<Fate> ContestAsync(string customer, string code)
    {
        var results = await Task.WhenAll(ReturnAsync(customer), RedeemAsync(customer, code, "till 1"), RedeemAsync(customer, code, "till 2"));
        if (results.Count(isDone => isDone) != 1)
            _doubles.Enqueue($"{customer}: given back {results[0]}, redeemed {results[1]} and {results[2]}");
        Interlocked.Increment(ref _contests);
        return _fates[customer] = results[0] ? Fate.Returned : Fate.Redeemed;
    }

    private async Task<bool> ReturnAsync(string customer)
    {
        _requests.Judge.AskReturn(customer, Stopwatch.GetTimestamp());
        var (answer, _) = await _requests.DecidedAsync(HttpMethod.Delete, $"claims/{customer}", customer);
        return Hear(answer, "Return-Result", "redeemed", word => _requests.Judge.HearReturn(customer, word, 0, Stopwatch.GetTimestamp()), customer);
    }

    private async Task<bool> RedeemAsync(string customer, string code, string device)
    {
        _requests.Judge.AskRedemption(customer, Stopwatch.GetTimestamp());
        var key = Names.Fresh("key");
        var (answer, _) = await _requests.DecidedAsync(gateway => coupon.RedeemAsync(code, device, key, gateway));
        return Hear(answer, "Redemption-Result", "returned redeemed", word => _requests.Judge.HearRedemption(customer, word, 0, Stopwatch.GetTimestamp()), customer);
    }

    private async Task UndoAsync(string customer, string code)
    {
        _requests.Judge.AskUndo(customer, Stopwatch.GetTimestamp());
        var key = Names.Fresh("key");
        var (answer, _) = await _requests.DecidedAsync(gateway => coupon.UndoAsync(code, key, gateway));
        _requests.Hear(customer, answer.Status == 200 ? null : "is answered so", answer);
        _requests.Judge.HearUndone(customer);
        _fates[customer] = Fate.Owned;
    }

    /// <returns>Whether what was asked for is done.</returns>
    private bool Hear(Answer answer, string header, string refusals, Func<string?, string?> judge, string customer)
    {
        var word = answer.Status == 409 && answer.Headers.TryGetValues(header, out var words) ? words.Single() : null;
        var isAnswer = answer.Status == 200 || word is not null && refusals.Contains(word, StringComparison.Ordinal);
        _requests.Hear(customer, isAnswer ? judge(word) : "is answered so", answer);
        return answer.Status == 200;
    }

    private async Task<string> CodeAsync(string customer)
    {
        var (answer, _) = await _requests.DecidedAsync(HttpMethod.Get, $"claims/{customer}/receipt", customer);
        Check.Equal(200, answer.Status, $"{answer}");
        return answer.Json!.Value.GetProperty("data").GetProperty("code").GetString()!;
    }

    private string[] CustomersOf(Fate fate) => [.. _fates.Where(one => one.Value == fate).Select(one => one.Key).Order()];
}
