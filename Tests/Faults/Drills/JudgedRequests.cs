using System.Collections.Concurrent;

namespace SecKill.Tests.Faults.Drills;

/// <summary>Requests of customers about one coupon, through all gateways in turn; one that is not decided is sent again. Keeps what was answered falsely.</summary>
internal sealed class JudgedRequests(ClusterDeployment cluster, SellersCoupon coupon)
{
    private static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(100);

    private readonly Tokens _tokens = new(cluster.SigningKey);
    private readonly ConcurrentQueue<string> _lies = new();
    private int _requests;
    private int _undecided;

    public LineJudge<string> Judge { get; } = new();

    public ApiClient[] Gateways { get; } = [.. cluster.Gateways.Select(gateway => new ApiClient(gateway))];

    public IReadOnlyCollection<string> Lies => _lies;

    /// <summary>Requests that were not decided at once.</summary>
    public int Undecided => Volatile.Read(ref _undecided);

    public string TokenOf(string customer) => _tokens.Mint(customer, Tokens.Customer);

    /// <summary>Sends a request about the coupon and a customer until it is decided.</summary>
    /// <param name="what">What of the customer's: <c>claims/{name}</c>, and the like.</param>
    public Task<(Answer Answer, long Sent)> DecidedAsync(HttpMethod method, string what, string customer) => DecidedAsync(
        gateway => Gateways[gateway].SendAsync(method, $"{ApiClient.CouponOf(coupon.OnSale.Seller, coupon.OnSale.Name)}/{what}", TokenOf(customer)));

    /// <summary>Asks one gateway after the other until it is decided.</summary>
    /// <param name="ask">Asks the gateway of this number.</param>
    public async Task<(Answer Answer, long Sent)> DecidedAsync(Func<int, Task<Answer>> ask)
    {
        var (answer, sent, _) = await AskAsync(ask, answer => answer.Status is not (503 or 408 or 429));
        return (answer, sent);
    }

    /// <summary>Claims until it is decided.</summary>
    /// <returns>Whether the customer owns a unit.</returns>
    public async Task<bool> ClaimAsync(string customer)
    {
        var (answer, sent, isRepeat) = await AskAsync(
            gateway => Gateways[gateway].ClaimAsync(TokenOf(customer), coupon.OnSale.Seller, coupon.OnSale.Name), answer => MeaningOf(answer) != Heard.Unknown);
        var heard = MeaningOf(answer);
        Hear(customer, heard is { } known ? Judge.HearClaim(customer, known, sent, Stopwatch.GetTimestamp(), mayOwn: isRepeat) : "is answered so", answer);
        return heard is Heard.Claimed or Heard.AlreadyClaimed;
    }

    /// <summary>Keeps a lie, if it is one.</summary>
    public void Hear(string customer, string? lie, Answer answer)
    {
        if (lie is not null)
            _lies.Enqueue($"{customer} {lie}: {answer}");
    }

    private async Task<(Answer Answer, long Sent, bool IsRepeat)> AskAsync(Func<int, Task<Answer>> ask, Func<Answer, bool> isDecided)
    {
        for (var isRepeat = false; ; isRepeat = true)
        {
            var sent = Stopwatch.GetTimestamp();
            try
            {
                var answer = await ask((int)((uint)Interlocked.Increment(ref _requests) % Gateways.Length));
                if (isDecided(answer))
                    return (answer, sent, isRepeat);
            }
            catch (Exception broken) when (broken is HttpRequestException or IOException or OperationCanceledException)
            {
            }
            Interlocked.Increment(ref _undecided);
            await Task.Delay(_pause);
        }
    }

    private static Heard? MeaningOf(Answer answer) =>
        ClaimJudge.MeaningOf(answer.Status, answer.ClaimResult, answer.Headers.RetryAfter is not null, hasTerms: true);
}
