using System.Collections.Concurrent;

namespace SecKill.Tests.Faults.Drills;

/// <summary>
/// Customers of a coupon with a waiting list: they buy, give back, join, leave and claim, through all gateways in turn, and each answer is judged.
/// A request that is not decided is sent again.
/// </summary>
internal sealed class Waiters(ClusterDeployment cluster, SellersCoupon coupon)
{
    private static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(100);

    // A little longer than a lease.
    private static readonly TimeSpan _lease = TimeSpan.FromMilliseconds(120);

    private readonly Tokens _tokens = new(cluster.SigningKey);
    private readonly ApiClient[] _gateways = [.. cluster.Gateways.Select(gateway => new ApiClient(gateway))];
    private readonly LineJudge<string> _judge = new();
    private readonly ConcurrentQueue<string> _lies = new();
    private int _requests;
    private int _joined;

    /// <summary>How many joins were answered.</summary>
    public int Joined => Volatile.Read(ref _joined);

    /// <summary>How many answers were judged.</summary>
    public int Judged => _judge.Checked;

    /// <summary>False answers; once all is quiet.</summary>
    /// <param name="waiting">Who waits in the end, by the ledger.</param>
    public IReadOnlyList<string> FindLies(IEnumerable<string> waiting)
    {
        foreach (var customer in waiting)
            _judge.WaitsAtTheEnd(customer);
        return [.. _lies, .. _judge.FindOvertaken()];
    }

    /// <summary>Acts for many customers at a time.</summary>
    public static Task EachAsync(IEnumerable<string> customers, Func<string, Task> act, int atOnce = 16) =>
        Parallel.ForEachAsync(customers, new ParallelOptions { MaxDegreeOfParallelism = atOnce }, async (customer, _) => await act(customer));

    /// <summary>Puts a customer in line, or finds that it owns a unit.</summary>
    public async Task JoinAsync(string customer)
    {
        _judge.AskJoin(customer, Stopwatch.GetTimestamp());
        var (answer, sent) = await DecidedAsync(HttpMethod.Put, "waiting", customer);
        // A unit came back while the line was empty.
        while (WordOf(answer) == "not-sold-out")
        {
            Hear(customer, _judge.HearNoPlace(customer, "not-sold-out", sent, Stopwatch.GetTimestamp()), answer);
            if (await ClaimAsync(customer))
                return;
            (answer, sent) = await DecidedAsync(HttpMethod.Put, "waiting", customer);
        }
        var told = Stopwatch.GetTimestamp();
        Hear(customer, answer.Status switch
        {
            200 or 201 => _judge.HearPlace(customer, PlaceOf(answer), sent, told),
            409 => _judge.HearNoPlace(customer, WordOf(answer)!, sent, told) ?? (WordOf(answer) == "already-claimed" ? null : "is not put in line"),
            _ => "is answered so",
        }, answer);
        Interlocked.Increment(ref _joined);
    }

    /// <returns>Whether the customer is out of line; else it owns a unit.</returns>
    public async Task<bool> LeaveAsync(string customer)
    {
        _judge.AskLeave(customer, Stopwatch.GetTimestamp());
        var (answer, sent) = await DecidedAsync(HttpMethod.Delete, "waiting", customer);
        var isOwner = WordOf(answer) == "already-claimed";
        Hear(customer, answer.Status == 200 || isOwner ? _judge.HearLeave(customer, isOwner, sent, Stopwatch.GetTimestamp()) : "is answered so", answer);
        return !isOwner;
    }

    /// <returns>The place in line; 0 for an owner.</returns>
    public async Task<long> PlaceAsync(string customer)
    {
        var (answer, sent) = await DecidedAsync(HttpMethod.Get, "waiting", customer);
        Hear(customer, answer.Status == 200 ? _judge.HearPlace(customer, PlaceOf(answer), sent, Stopwatch.GetTimestamp()) : "is answered so", answer);
        return answer.Status == 200 ? PlaceOf(answer) : -1;
    }

    public async Task ReturnAsync(string customer)
    {
        _judge.AskReturn(customer, Stopwatch.GetTimestamp());
        var (answer, sent) = await DecidedAsync(HttpMethod.Delete, "claims", customer);
        Hear(customer, answer.Status == 200 ? _judge.HearReturn(customer, refusal: null, sent, Stopwatch.GetTimestamp()) : "is answered so", answer);
    }

    /// <summary>A claim of any customer.</summary>
    /// <returns>Whether the customer owns a unit.</returns>
    public async Task<bool> ClaimAsync(string customer)
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
                    Hear(customer, heard is { } known ? _judge.HearClaim(customer, known, sent, Stopwatch.GetTimestamp(), mayOwn) : "is answered so", answer);
                    return heard is Heard.Claimed or Heard.AlreadyClaimed;
                }
            }
            catch (Exception broken) when (broken is HttpRequestException or IOException or OperationCanceledException)
            {
            }
            await Task.Delay(_pause);
        }
    }

    /// <summary>A claim of a customer who waits, or was served, when no lease of before its last answer can hold any more.</summary>
    public async Task ClaimLaterAsync(string customer)
    {
        await Task.Delay(_lease);
        await ClaimAsync(customer);
    }

    /// <summary>Whether a customer's own list shows the coupon.</summary>
    /// <param name="gateway">Which is asked.</param>
    public async Task<bool> IsListedAsync(string customer, int gateway = 0)
    {
        var answer = await Eventually.HoldsAsync(
            "a list is read", "200 or 204", () => _gateways[gateway].ListAsync(TokenOf(customer), customer), answer => answer.Status is 200 or 204, Sale.WithoutReminder);
        return answer.Coupons.Any(row => row.Name == coupon.OnSale.Name);
    }

    private async Task<(Answer Answer, long Sent)> DecidedAsync(HttpMethod method, string what, string customer)
    {
        var path = $"{ApiClient.CouponOf(coupon.OnSale.Seller, coupon.OnSale.Name)}/{what}/{customer}";
        while (true)
        {
            var sent = Stopwatch.GetTimestamp();
            try
            {
                if (await NextGateway().SendAsync(method, path, TokenOf(customer)) is { Status: not (503 or 408 or 429) } answer)
                    return (answer, sent);
            }
            catch (Exception broken) when (broken is HttpRequestException or IOException or OperationCanceledException)
            {
            }
            await Task.Delay(_pause);
        }
    }

    private void Hear(string customer, string? lie, Answer answer)
    {
        if (lie is not null)
            _lies.Enqueue($"{customer} {lie}: {answer}");
    }

    private static long PlaceOf(Answer answer) => answer.Json!.Value.GetProperty("data").GetProperty("position").GetInt64();

    private static string? WordOf(Answer answer) => answer.Status == 409 && answer.Headers.TryGetValues("Waiting-Result", out var words) ? words.Single() : null;

    private ApiClient NextGateway() => _gateways[(uint)Interlocked.Increment(ref _requests) % _gateways.Length];

    private string TokenOf(string customer) => _tokens.Mint(customer, Tokens.Customer);
}
