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
    private readonly Tokens _tokens = new(cluster.SigningKey);
    private readonly ApiClient[] _gateways = [.. cluster.Gateways.Select(gateway => new ApiClient(gateway))];
    private readonly LineJudge<string> _judge = new();
    private readonly ConcurrentQueue<string> _lies = new();
    private readonly ConcurrentDictionary<string, Fate> _fates = new();
    private Task _visiting = Task.CompletedTask;
    private int _requests;
    private int _undecided;
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
    public int Undecided => Volatile.Read(ref _undecided);

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
        Assert.Empty(_lies);
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
            var answer = await DecidedAsync(gateway => gateway.ListAsync(TokenOf(one.Key), one.Key));
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
            if (!await ClaimAsync(customer))
            {
                // Who comes too late makes room for the others.
                await Task.Delay(_pause);
                continue;
            }
            _fates[customer] = Fate.Owned;
            var code = await CodeAsync(customer);
            while (await ContestAsync(customer, code) == Fate.Redeemed && random.Next(8) == 0 && Interlocked.Increment(ref _undone) <= MaxUndone)
                await UndoAsync(customer, code);
            await ClaimAsync(customer);
        }
    }

    /// <summary>The owner gives the unit back while two tills redeem it.</summary>
    private async Task<Fate> ContestAsync(string customer, string code)
    {
        var results = await Task.WhenAll(ReturnAsync(customer), RedeemAsync(customer, code, "till 1"), RedeemAsync(customer, code, "till 2"));
        if (results.Count(isDone => isDone) != 1)
            _lies.Enqueue($"{customer}: given back {results[0]}, redeemed {results[1]} and {results[2]}");
        Interlocked.Increment(ref _contests);
        return _fates[customer] = results[0] ? Fate.Returned : Fate.Redeemed;
    }

    private async Task<bool> ReturnAsync(string customer)
    {
        _judge.AskReturn(customer, Stopwatch.GetTimestamp());
        var answer = await DecidedAsync(gateway => gateway.SendAsync(HttpMethod.Delete, $"{Path}/claims/{customer}", TokenOf(customer)));
        return Hear(answer, "Return-Result", "redeemed", word => _judge.HearReturn(customer, word, 0, Stopwatch.GetTimestamp()), customer);
    }

    private async Task<bool> RedeemAsync(string customer, string code, string device)
    {
        _judge.AskRedemption(customer, Stopwatch.GetTimestamp());
        var key = Names.Fresh("key");
        var answer = await DecidedAsync(gateway => coupon.RedeemAsync(code, device, key, gateway));
        return Hear(answer, "Redemption-Result", "returned redeemed", word => _judge.HearRedemption(customer, word, 0, Stopwatch.GetTimestamp()), customer);
    }

    private async Task UndoAsync(string customer, string code)
    {
        _judge.AskUndo(customer, Stopwatch.GetTimestamp());
        var key = Names.Fresh("key");
        if (await DecidedAsync(gateway => coupon.UndoAsync(code, key, gateway)) is { Status: not 200 } answer)
            _lies.Enqueue($"{customer}: {answer}");
        _judge.HearUndone(customer);
        _fates[customer] = Fate.Owned;
    }

    /// <returns>Whether what was asked for is done.</returns>
    private bool Hear(Answer answer, string header, string refusals, Func<string?, string?> judge, string customer)
    {
        var word = answer.Status == 409 && answer.Headers.TryGetValues(header, out var words) ? words.Single() : null;
        var isAnswer = answer.Status == 200 || word is not null && refusals.Contains(word, StringComparison.Ordinal);
        if ((isAnswer ? judge(word) : "is answered so") is { } lie)
            _lies.Enqueue($"{customer} {lie}: {answer}");
        return answer.Status == 200;
    }

    /// <returns>Whether the customer owns a unit.</returns>
    private async Task<bool> ClaimAsync(string customer)
    {
        for (var mayOwn = false; ; mayOwn = true)
        {
            var sent = Stopwatch.GetTimestamp();
            try
            {
                var answer = await NextGateway().ClaimAsync(TokenOf(customer), coupon.OnSale.Seller, coupon.OnSale.Name);
                var heard = ClaimJudge.MeaningOf(answer.Status, answer.ClaimResult, answer.Headers.RetryAfter is not null, hasTerms: true);
                if (heard != Heard.Unknown)
                {
                    if ((heard is { } known ? _judge.HearClaim(customer, known, sent, Stopwatch.GetTimestamp(), mayOwn) : "is answered so") is { } lie)
                        _lies.Enqueue($"{customer} {lie}: {answer}");
                    return heard is Heard.Claimed or Heard.AlreadyClaimed;
                }
            }
            catch (Exception broken) when (broken is HttpRequestException or IOException or OperationCanceledException)
            {
            }
            Interlocked.Increment(ref _undecided);
            await Task.Delay(_pause);
        }
    }

    private async Task<string> CodeAsync(string customer)
    {
        var answer = await DecidedAsync(gateway => gateway.SendAsync(HttpMethod.Get, $"{Path}/claims/{customer}/receipt", TokenOf(customer)));
        Check.Equal(200, answer.Status, $"{answer}");
        return answer.Json!.Value.GetProperty("data").GetProperty("code").GetString()!;
    }

    private Task<Answer> DecidedAsync(Func<ApiClient, Task<Answer>> ask) => DecidedAsync(gateway => ask(_gateways[gateway]));

    private async Task<Answer> DecidedAsync(Func<int, Task<Answer>> ask)
    {
        while (true)
        {
            try
            {
                if (await ask((int)((uint)Interlocked.Increment(ref _requests) % _gateways.Length)) is { Status: not (503 or 408 or 429) } answer)
                    return answer;
            }
            catch (Exception broken) when (broken is HttpRequestException or IOException or OperationCanceledException)
            {
            }
            Interlocked.Increment(ref _undecided);
            await Task.Delay(_pause);
        }
    }

    private string Path => ApiClient.CouponOf(coupon.OnSale.Seller, coupon.OnSale.Name);

    private string[] CustomersOf(Fate fate) => [.. _fates.Where(one => one.Value == fate).Select(one => one.Key).Order()];

    private ApiClient NextGateway() => _gateways[(uint)Interlocked.Increment(ref _requests) % _gateways.Length];

    private string TokenOf(string customer) => _tokens.Mint(customer, Tokens.Customer);
}
