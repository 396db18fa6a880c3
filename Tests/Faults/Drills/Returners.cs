using System.Collections.Concurrent;

namespace SecKill.Tests.Faults.Drills;

/// <summary>
/// Customers who claim one coupon, give most units back, and claim again, in vain; each remembers all that it was told. A request that is
/// not decided is sent again.
/// </summary>
/// <param name="kept">How many units are kept at most; the others are returned.</param>
internal sealed class Returners(ClusterDeployment cluster, SellersCoupon coupon, int seed, int kept) : IAsyncDisposable
{
    private const int AtOnce = 24;

    private static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(100);

    private readonly CancellationTokenSource _stop = new();
    private readonly Tokens _tokens = new(cluster.SigningKey);
    private readonly ApiClient[] _gateways = [.. cluster.Gateways.Select(gateway => new ApiClient(gateway))];
    private readonly ConcurrentDictionary<string, ClaimHistory> _histories = new();
    private readonly ConcurrentQueue<string> _wrong = new();
    private Task _visiting = Task.CompletedTask;
    private int _requests;
    private int _undecided;
    private int _kept;

    /// <summary>Answers that contradict what the same customer was told before, or that are none.</summary>
    public IEnumerable<string> Lies => _histories.Values.Select(history => history.Lie).OfType<string>().Concat(_wrong);

    /// <summary>Those who were told that they own a unit and did not give it back.</summary>
    public IReadOnlyList<string> Owners => [.. _histories.Where(one => one.Value is { Won: true, Return: KnownReturn.None }).Select(one => one.Key)];

    /// <summary>Those whose return was answered.</summary>
    public IReadOnlyList<string> Returned => [.. _histories.Where(one => one.Value.Return == KnownReturn.Done).Select(one => one.Key)];

    /// <summary>Requests that were not decided at once.</summary>
    public int Undecided => Volatile.Read(ref _undecided);

    public void Start() => _visiting = Task.WhenAll(Enumerable.Range(0, AtOnce).Select(i => Task.Run(() => VisitAsync(new Random(HashCode.Combine(seed, i))))));

    /// <summary>Waits until each customer knows what became of its requests.</summary>
    public async Task StopAsync()
    {
        await _stop.CancelAsync();
        await _visiting;
    }

    /// <summary>The coupons that a customer's own list shows.</summary>
    public async Task<bool> IsListedAsync(string customer) =>
        (await DecidedAsync(gateway => gateway.ListAsync(TokenOf(customer), customer))).Coupons.Any(row => row.Name == coupon.OnSale.Name);

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _stop.Dispose();
    }

    private async Task VisitAsync(Random random)
    {
        while (!_stop.IsCancellationRequested)
        {
            var (customer, history) = (Names.Fresh("c"), new ClaimHistory(hasTerms: true));
            _histories[customer] = history;
            var heard = await ClaimAsync(customer, history);
            if (heard is not (Heard.Claimed or Heard.AlreadyClaimed))
            {
                // Who comes too late makes room for the others.
                await Task.Delay(_pause);
                continue;
            }
            if (random.Next(5) == 0 && Interlocked.Increment(ref _kept) <= kept)
                continue;
            history.AskReturn();
            var answer = await DecidedAsync(gateway => gateway.SendAsync(
                HttpMethod.Delete, $"{ApiClient.CouponOf(coupon.OnSale.Seller, coupon.OnSale.Name)}/claims/{customer}", TokenOf(customer)));
            if (answer.Status == 200)
                history.AddReturned();
            else
                _wrong.Enqueue($"{customer}, an owner: {answer}");
            await ClaimAsync(customer, history);
            await ClaimAsync(customer, history);
        }
    }

    private async Task<Heard> ClaimAsync(string customer, ClaimHistory history)
    {
        while (true)
        {
            var sent = Stopwatch.GetTimestamp();
            try
            {
                if (history.Add(await NextGateway().ClaimAsync(TokenOf(customer), coupon.OnSale.Seller, coupon.OnSale.Name), sent) is not Heard.Unknown and var heard)
                    return heard;
            }
            catch (Exception broken) when (broken is HttpRequestException or IOException or OperationCanceledException)
            {
                history.AddBroken(broken);
            }
            Interlocked.Increment(ref _undecided);
            await Task.Delay(_pause);
        }
    }

    private async Task<Answer> DecidedAsync(Func<ApiClient, Task<Answer>> ask)
    {
        while (true)
        {
            try
            {
                if (await ask(NextGateway()) is { Status: not (503 or 408) } answer)
                    return answer;
            }
            catch (Exception broken) when (broken is HttpRequestException or IOException or OperationCanceledException)
            {
            }
            Interlocked.Increment(ref _undecided);
            await Task.Delay(_pause);
        }
    }

    private ApiClient NextGateway() => _gateways[Interlocked.Increment(ref _requests) % _gateways.Length];

    private string TokenOf(string customer) => _tokens.Mint(customer, Tokens.Customer);
}
