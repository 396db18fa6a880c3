namespace SecKill.Tests.Faults.Drills;

/// <summary>
/// Customers of a coupon with a waiting list: they buy, give back, join, leave and claim, through all gateways in turn, and each answer is judged.
/// A request that is not decided is sent again.
/// </summary>
internal sealed class Waiters(ClusterDeployment cluster, SellersCoupon coupon)
{
    // A little longer than a lease.
    private static readonly TimeSpan _lease = TimeSpan.FromMilliseconds(120);

    private readonly JudgedRequests _requests = new(cluster, coupon);
    private int _joined;

    /// <summary>How many joins were answered.</summary>
    public int Joined => Volatile.Read(ref _joined);

    /// <summary>How many answers were judged.</summary>
    public int Judged => Judge.Checked;

    /// <summary>False answers; once all is quiet.</summary>
    /// <param name="waiting">Who waits in the end, by the ledger.</param>
    public IReadOnlyList<string> FindLies(IEnumerable<string> waiting)
    {
        foreach (var customer in waiting)
            Judge.WaitsAtTheEnd(customer);
        return [.. _requests.Lies, .. Judge.FindOvertaken()];
    }

    /// <summary>Acts for many customers at a time.</summary>
    public static Task EachAsync(IEnumerable<string> customers, Func<string, Task> act, int atOnce = 16) =>
        Parallel.ForEachAsync(customers, new ParallelOptions { MaxDegreeOfParallelism = atOnce }, async (customer, _) => await act(customer));

    /// <summary>Puts a customer in line, or finds that it owns a unit.</summary>
    public async Task JoinAsync(string customer)
    {
        Judge.AskJoin(customer, Stopwatch.GetTimestamp());
        var (answer, sent) = await _requests.DecidedAsync(HttpMethod.Put, $"waiting/{customer}", customer);
        // A unit came back while the line was empty.
        while (WordOf(answer) == "not-sold-out")
        {
            _requests.Hear(customer, Judge.HearNoPlace(customer, "not-sold-out", sent, Stopwatch.GetTimestamp()), answer);
            if (await ClaimAsync(customer))
                return;
            (answer, sent) = await _requests.DecidedAsync(HttpMethod.Put, $"waiting/{customer}", customer);
        }
        var told = Stopwatch.GetTimestamp();
        _requests.Hear(customer, answer.Status switch
        {
            200 or 201 => Judge.HearPlace(customer, PlaceOf(answer), sent, told),
            409 => Judge.HearNoPlace(customer, WordOf(answer)!, sent, told) ?? (WordOf(answer) == "already-claimed" ? null : "is not put in line"),
            _ => "is answered so",
        }, answer);
        Interlocked.Increment(ref _joined);
    }

    /// <returns>Whether the customer is out of line; else it owns a unit.</returns>
    public async Task<bool> LeaveAsync(string customer)
    {
        Judge.AskLeave(customer, Stopwatch.GetTimestamp());
        var (answer, sent) = await _requests.DecidedAsync(HttpMethod.Delete, $"waiting/{customer}", customer);
        var isOwner = WordOf(answer) == "already-claimed";
        _requests.Hear(customer, answer.Status == 200 || isOwner ? Judge.HearLeave(customer, isOwner, sent, Stopwatch.GetTimestamp()) : "is answered so", answer);
        return !isOwner;
    }

    /// <returns>The place in line; 0 for an owner.</returns>
    public async Task<long> PlaceAsync(string customer)
    {
        var (answer, sent) = await _requests.DecidedAsync(HttpMethod.Get, $"waiting/{customer}", customer);
        _requests.Hear(customer, answer.Status == 200 ? Judge.HearPlace(customer, PlaceOf(answer), sent, Stopwatch.GetTimestamp()) : "is answered so", answer);
        return answer.Status == 200 ? PlaceOf(answer) : -1;
    }

    public async Task ReturnAsync(string customer)
    {
        Judge.AskReturn(customer, Stopwatch.GetTimestamp());
        var (answer, sent) = await _requests.DecidedAsync(HttpMethod.Delete, $"claims/{customer}", customer);
        _requests.Hear(customer, answer.Status == 200 ? Judge.HearReturn(customer, refusal: null, sent, Stopwatch.GetTimestamp()) : "is answered so", answer);
    }

    /// <summary>A claim of any customer.</summary>
    /// <returns>Whether the customer owns a unit.</returns>
    public Task<bool> ClaimAsync(string customer) => _requests.ClaimAsync(customer);

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
            "a list is read", "200 or 204", () => _requests.Gateways[gateway].ListAsync(_requests.TokenOf(customer), customer), answer => answer.Status is 200 or 204, Sale.WithoutReminder);
        return answer.Coupons.Any(row => row.Name == coupon.OnSale.Name);
    }

    private LineJudge<string> Judge => _requests.Judge;

    private static long PlaceOf(Answer answer) => answer.Json!.Value.GetProperty("data").GetProperty("position").GetInt64();

    private static string? WordOf(Answer answer) => answer.Status == 409 && answer.Headers.TryGetValues("Waiting-Result", out var words) ? words.Single() : null;
}
