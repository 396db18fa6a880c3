using System.Collections.Concurrent;

namespace SecKill.Tests.Faults.Drills;

/// <summary>An answer to a claim; times in microseconds since 1970, by the true clock.</summary>
/// <param name="Word">The claim's result; else the status, or <c>broken</c> where the connection was.</param>
internal readonly record struct ToldClaim(string Customer, int Gateway, long Sent, long Told, string Word);

/// <summary>
/// Customers who claim one coupon without a pause, through all gateways in turn, and remember when each was told what. Every fifth claim,
/// if wanted, is an earlier customer's.
/// </summary>
/// <param name="perSecond">The approximate rate; null for as many as there are answers.</param>
internal sealed class Claimants(ClusterDeployment cluster, SellersCoupon coupon, int seed, int? perSecond = null, double again = 0) : IAsyncDisposable
{
    private const int Shoppers = 24;
    private const int Some = 5;

    private static readonly TimeSpan _heard = TimeSpan.FromSeconds(60);

    private readonly CancellationTokenSource _stop = new();
    private readonly Tokens _tokens = new(cluster.SigningKey);
    private readonly ApiClient[] _gateways = [.. cluster.Gateways.Select(gateway => new ApiClient(gateway))];
    private readonly List<ToldClaim> _told = [];
    private readonly Lock _gate = new();
    private readonly ConcurrentDictionary<string, ClaimHistory> _histories = new();
    private Task _shopping = Task.CompletedTask;

    /// <summary>Microseconds since 1970.</summary>
    public static long Now => (DateTime.UtcNow - DateTime.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;

    public IReadOnlyList<ToldClaim> Told => ToldSince(0);

    /// <summary>Answers that contradict what the same customer was told before, or that no claim is answered with.</summary>
    public IEnumerable<string> Lies => _histories.Values.Select(history => history.Lie).OfType<string>();

    public void Start() => _shopping = Task.WhenAll(Enumerable.Range(0, Shoppers).Select(i => Task.Run(() => ShopAsync(i, new Random(HashCode.Combine(seed, i))))));

    /// <summary>Waits for the claims under way.</summary>
    public async Task StopAsync()
    {
        await _stop.CancelAsync();
        await _shopping;
    }

    /// <summary>Waits until some claims that are sent from now on were answered in one way at every gateway.</summary>
    public async Task HearAsync(string word)
    {
        int first;
        lock (_gate)
            first = _told.Count;
        var now = Now;
        await Eventually.HoldsAsync(
            $"{word} is heard at every gateway", $"{Some} times", () => Task.FromResult(string.Join(", ", CountsOf(word, first, now))),
            _ => CountsOf(word, first, now).All(count => count >= Some), _heard);
    }

    /// <summary>Waits until the ledger has every win that was answered, and no customer's who was refused.</summary>
    /// <returns>As <see cref="SellersCoupon.RowsAsync"/>.</returns>
    public async Task<IReadOnlyList<(string Customer, long Micros)>> DrainedAsync(TimeSpan within)
    {
        var won = Of("claimed", "already-claimed");
        var unknown = Of("503", "408", "broken");
        IReadOnlyList<(string Customer, long Micros)> rows = [];
        await Eventually.EqualAsync("the ledger has every win, and no other claim", "0 missing, 0 too many, 0 twice", async () =>
        {
            rows = await coupon.RowsAsync();
            var owners = rows.Select(row => row.Customer).ToHashSet();
            return $"{won.Except(owners).Count()} missing, {owners.Except(won).Count(owner => !unknown.Contains(owner))} too many, {rows.Count - owners.Count} twice";
        }, within);
        return rows;

        HashSet<string> Of(params string[] words) => Told.Where(one => words.Contains(one.Word)).Select(one => one.Customer).ToHashSet();
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _stop.Dispose();
    }

    private async Task ShopAsync(int shopper, Random random)
    {
        var past = new List<string>();
        using var pace = perSecond is { } rate ? new PeriodicTimer(TimeSpan.FromSeconds((double)Shoppers / rate)) : null;
        for (var i = shopper; !_stop.IsCancellationRequested; i++)
        {
            var customer = past.Count > 0 && random.NextDouble() < again ? past[random.Next(past.Count)] : Names.Fresh("c");
            past.Add(customer);
            await ClaimAsync(customer, i % _gateways.Length);
            if (pace is not null)
                await pace.WaitForNextTickAsync();
        }
    }

    private async Task ClaimAsync(string customer, int gateway)
    {
        var history = _histories.GetOrAdd(customer, _ => new ClaimHistory(hasTerms: true));
        var sent = Now;
        string word;
        try
        {
            var answer = await _gateways[gateway].ClaimAsync(_tokens.Mint(customer, Tokens.Customer), coupon.OnSale.Seller, coupon.OnSale.Name);
            history.Add(answer);
            word = answer.ClaimResult ?? $"{answer.Status}";
        }
        catch (Exception broken) when (broken is HttpRequestException or IOException or OperationCanceledException)
        {
            history.AddBroken(broken);
            word = "broken";
        }
        lock (_gate)
            _told.Add(new ToldClaim(customer, gateway, sent, Now, word));
    }

    private List<ToldClaim> ToldSince(int first)
    {
        lock (_gate)
            return _told[first..];
    }

    private IEnumerable<int> CountsOf(string word, int first, long after)
    {
        var told = ToldSince(first);
        return _gateways.Select((_, i) => told.Count(one => one.Gateway == i && one.Sent > after && one.Word == word));
    }
}
