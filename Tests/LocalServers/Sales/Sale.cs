using System.Collections.Concurrent;
using SecKill.Tests.LocalServers.Api;
using SecKill.Tests.LocalServers.Deployments;

namespace SecKill.Tests.LocalServers.Sales;

/// <summary>
/// A sale seen by its customers while processes are killed: they claim, retry undecided claims, and record every answer. Afterwards
/// <see cref="CheckAsync"/> compares lists, <c>left</c> and ledger with the records. Customers have minted tokens, so hundreds cost
/// nothing.
/// </summary>
public sealed class Sale(Deployment deployment)
{
    // Two cores serve product, databases and clients: more at once only slows them all.
    private const int AtOnce = 32;
    private static readonly TimeSpan _timeout = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan _clientLimit = TimeSpan.FromSeconds(30);

    /// <summary>The time within which a gateway answers a claim (<c>Claims:Patience</c>), plus slack for a machine busy with the test.</summary>
    public static readonly TimeSpan Answered = TimeSpan.FromSeconds(5 + 1.5);

    /// <summary>The pause before retrying an undecided claim.</summary>
    public static readonly TimeSpan RetryAfter = TimeSpan.FromMilliseconds(200);

    /// <summary>Below a minute, after which the reminder would drain the outbox in any case.</summary>
    public static readonly TimeSpan WithoutReminder = TimeSpan.FromSeconds(40);

    private readonly ConcurrentDictionary<(OnSale Coupon, string Customer), ClaimHistory> _histories = new();
    private readonly ConcurrentDictionary<string, string> _tokens = new();
    private readonly Tokens _mint = new(deployment.SigningKey);
    // Replaced as a whole: customers read it while coupons are added.
    private volatile IReadOnlyList<OnSale> _coupons = [];
    private volatile bool _isCalledOff;
    private int _requests;
    private int _wins;
    private string? _firstUnanswered;
    private int _unanswered;
    private int _undecided;
    private long _slowest;

    public IReadOnlyList<OnSale> Coupons => _coupons;

    /// <summary>How many claims were answered with a win so far.</summary>
    public int Wins => Volatile.Read(ref _wins);

    /// <summary>The longest wait for an answer.</summary>
    public TimeSpan Slowest => Stopwatch.GetElapsedTime(0, Volatile.Read(ref _slowest));

    /// <summary>Claims without an answer: the connection broke or could not be made.</summary>
    public int Unanswered => Volatile.Read(ref _unanswered);

    /// <summary>How the first of them failed, and after what time.</summary>
    public string? FirstUnanswered => Volatile.Read(ref _firstUnanswered);

    /// <summary>Claims that were answered 503.</summary>
    public int Undecided => Volatile.Read(ref _undecided);

    /// <summary>The gateways that get claims, as a balancer would decide; null for all.</summary>
    public Func<int, bool>? Balancer { get; set; }

    private IReadOnlyList<ApiClient> Gateways { get; } = [.. deployment.Gateways.Select(gateway => new ApiClient(gateway))];

    /// <summary>Puts coupons of a new seller on sale; also while others are being sold.</summary>
    public async Task OpenAsync(int coupons, int amount)
    {
        var seller = Names.Fresh("seller");
        for (var i = 0; i < coupons; i++)
        {
            // After a 503 the coupon may exist: then there is one more, which is not used.
            var (name, answer) = await Eventually.HoldsAsync(
                "a coupon is created", "a decision", async () => await CreateAsync(Names.Fresh("coupon")), created => created.Answer.Status is not 503, _timeout);
            Expect.Created(answer);
            _coupons = [.. _coupons, new OnSale(seller, name, amount)];
        }

        async Task<(string Name, Answer Answer)> CreateAsync(string name) =>
            (name, await Gateways[0].CreateAsync(TokenOf(seller), seller, name, amount));
    }

    /// <summary>Every customer claims every coupon, in one shuffled order, until each claim is decided or the rush is called off.</summary>
    public Task RushAsync(int newCustomers)
    {
        _isCalledOff = false;
        var claims = NewCustomers(newCustomers).SelectMany(customer => _coupons.Select(coupon => (coupon, customer))).ToArray();
        new Random(claims.Length).Shuffle(claims);
        return EachAsync(claims, claim => ClaimUntilDecidedAsync(claim.coupon, claim.customer, () => _isCalledOff));
    }

    /// <summary>All customers give up, even with undecided claims.</summary>
    public void CallOff() => _isCalledOff = true;

    /// <summary>One claim at one gateway, remembered.</summary>
    /// <param name="customer">The customer; one claim at a time.</param>
    /// <param name="givesUpAfter">The client's timeout; null for the usual one.</param>
    public async Task<Heard> ClaimAsync(OnSale coupon, string customer, TimeSpan? givesUpAfter = null)
    {
        var history = _histories.GetOrAdd((coupon, customer), _ => new ClaimHistory());
        var began = Stopwatch.GetTimestamp();
        try
        {
            var heard = history.Add(await NextGateway().ClaimAsync(TokenOf(customer, Tokens.Customer), coupon.Seller, coupon.Name, givesUpAfter ?? _clientLimit));
            if (heard == Heard.Claimed)
                Interlocked.Increment(ref _wins);
            if (heard == Heard.Unknown)
                Interlocked.Increment(ref _undecided);
            return heard;
        }
        catch (Exception fault) when (fault is HttpRequestException or IOException or OperationCanceledException)
        {
            if (givesUpAfter is null)
            {
                Interlocked.Increment(ref _unanswered);
                Interlocked.CompareExchange(ref _firstUnanswered, $"After {Stopwatch.GetElapsedTime(began).TotalSeconds:0.0} s at {DateTime.UtcNow:HH:mm:ss.fff}: {fault}", null);
            }
            return history.AddBroken(fault);
        }
        finally
        {
            var took = Stopwatch.GetTimestamp() - began;
            for (var slowest = _slowest; took > slowest; slowest = Volatile.Read(ref _slowest))
                Interlocked.CompareExchange(ref _slowest, took, slowest);
        }
    }

    public Task WinsReachAsync(int wins) =>
        Eventually.HoldsAsync("the sale goes on", $"{wins} wins", () => Task.FromResult(Wins), seen => seen >= wins, _timeout);

    /// <summary>
    /// Once it is quiet: all customers' answers agree with each other, with a new claim, with <c>left</c>, with the winners' lists and,
    /// within a time, with the ledger.
    /// </summary>
    public async Task CheckAsync(TimeSpan drained)
    {
        await EachAsync(_histories.Where(history => history.Value.Won || history.Value.IsOpen).Select(history => history.Key),
            claim => ClaimUntilDecidedAsync(claim.Coupon, claim.Customer));
        CheckAnswers(mayRefuseEarly: false);
        var outcomes = _coupons.ToDictionary(coupon => coupon, OutcomeOf);
        foreach (var gateway in Gateways)
            await CheckLeftAsync(gateway, outcomes);
        await CheckListsAsync();
        var owners = _coupons.ToDictionary(coupon => coupon, OwnersOf);
        await Eventually.HoldsAsync(
            "the ledger is drained", "every owner once, and what is left", () => JudgeLedgerAsync(outcomes, owners), ledger => ledger.Passed, drained);
    }

    /// <summary>
    /// All confirmed claims are in the ledger without further requests for the coupons; it may have more, from unanswered claims.
    /// </summary>
    public Task CheckPromisedAreDrainedAsync() => Eventually.EqualAsync("the ledger holds every promised claim", 0, async () =>
    {
        var ledger = (await deployment.LedgerClaimsAsync()).ToHashSet();
        return _coupons.Sum(coupon => OwnersOf(coupon).Count(owner => !ledger.Contains((coupon.Seller, coupon.Name, owner))));
    }, WithoutReminder);

    /// <summary>New customers claim exactly the rest; the next one gets sold-out.</summary>
    public async Task SellOutAsync()
    {
        await EachAsync(_coupons, async coupon =>
        {
            for (var owners = OwnersOf(coupon).Count; owners < coupon.Amount; owners++)
                Check.That(await ClaimUntilDecidedAsync(coupon, Names.Fresh("late")) != Heard.SoldOut, $"{coupon} is called sold out with {owners} owners");
            Check.Equal(Heard.SoldOut, await ClaimUntilDecidedAsync(coupon, Names.Fresh("too-late")), $"a claim of {coupon}, all of which is owned");
        });
        CheckAnswers();
    }

    public IReadOnlyList<string> OwnersOf(OnSale coupon) =>
        [.. _histories.Where(history => history.Key.Coupon == coupon && history.Value.Won).Select(history => history.Key.Customer)];

    /// <summary>Claims with retries until decided; unknown only if called off.</summary>
    public async Task<Heard> ClaimUntilDecidedAsync(OnSale coupon, string customer, Func<bool>? isCalledOff = null)
    {
        var clock = Stopwatch.StartNew();
        while (isCalledOff?.Invoke() is not true)
        {
            if (await ClaimAsync(coupon, customer) is not Heard.Unknown and var heard)
                return heard;
            Check.That(clock.Elapsed < _timeout, $"{customer} still does not know whether it owns {coupon.Name}");
            await Task.Delay(RetryAfter);
        }
        return Heard.Unknown;
    }

    private ApiClient NextGateway()
    {
        var first = Interlocked.Increment(ref _requests);
        var next = Enumerable.Range(0, Gateways.Count).Select(i => (first + i) % Gateways.Count).Where(i => Balancer?.Invoke(i) is not false);
        // If it accepts none, any.
        return Gateways[next.FirstOrDefault(first % Gateways.Count)];
    }

    /// <summary>No answer was false, and no more units were promised than exist.</summary>
    /// <param name="mayRefuseEarly">Not all units need be owned of a coupon that was called sold out: some may have come back since.</param>
    public void CheckAnswers(bool mayRefuseEarly = true)
    {
        var lies = _histories.Values.Select(history => history.Lie).OfType<string>().ToList();
        Check.That(lies.Count == 0, string.Join('\n', lies));
        Check.Passes(Findings.Of(
            "wins", "as many as units or claims", _coupons.Select(OutcomeOf), outcome => outcome.Name,
            outcome => SaleJudge.Wins(mayRefuseEarly ? outcome with { Refused = 0 } : outcome)).Result("so of all coupons"));
    }

    private async Task CheckLeftAsync(ApiClient gateway, Dictionary<OnSale, CouponOutcome> outcomes)
    {
        var left = new Findings("left", "units that are not owned");
        foreach (var coupons in outcomes.Keys.GroupBy(coupon => coupon.Seller))
        {
            var rows = (await ListAsync(gateway, coupons.Key, Tokens.Seller)).ToDictionary(row => row.Name);
            foreach (var coupon in coupons)
                left.Add(coupon.Name, SaleJudge.Left(outcomes[coupon], rows.GetValueOrDefault(coupon.Name)));
        }
        Check.Passes(left.Result("so of all coupons"));
    }

    private async Task CheckListsAsync()
    {
        var lists = new Findings("customers' lists", "what each was told to own");
        await EachAsync(_histories.Keys.Select(key => key.Customer).Distinct(), async customer =>
        {
            var owned = _coupons.Where(coupon => _histories.TryGetValue((coupon, customer), out var history) && history.Won).Select(coupon => coupon.Name);
            var listed = await ListAsync(Gateways[Interlocked.Increment(ref _requests) % Gateways.Count], customer, Tokens.Customer);
            lists.Add(customer, SaleJudge.Names(owned, [.. listed.Select(row => row.Name)]));
        });
        Check.Passes(lists.Result("so of all customers"));
    }

    private async Task<CheckResult> JudgeLedgerAsync(Dictionary<OnSale, CouponOutcome> outcomes, Dictionary<OnSale, IReadOnlyList<string>> owners)
    {
        var rows = await deployment.LedgerCouponsAsync();
        return Findings.Of(
            "ledger", "every owner once, and what is left", outcomes.Keys, coupon => coupon.Name,
            coupon => SaleJudge.Ledger(outcomes[coupon], owners[coupon], rows.GetValueOrDefault((coupon.Seller, coupon.Name)))).Result("so of all coupons");
    }

    private CouponOutcome OutcomeOf(OnSale coupon)
    {
        var histories = _histories.Where(history => history.Key.Coupon == coupon).Select(history => history.Value).ToList();
        return new CouponOutcome(
            coupon.Name, coupon.Amount, histories.Count(one => one.Won), histories.Count(one => one.WasToldSoldOut), histories.Count(one => one.IsOpen));
    }

    /// <summary>Reads a list, retrying on 503.</summary>
    private async Task<IReadOnlyList<CouponRow>> ListAsync(ApiClient gateway, string user, string kind)
    {
        var answer = await Eventually.HoldsAsync(
            $"the list of {user} is answered", "200 or 204", () => gateway.ListAsync(TokenOf(user, kind), user), seen => seen.Status is not 503, _timeout);
        return answer.Status == 204 ? Expect.Empty(answer).Coupons : Expect.WithFields(answer, "data", "errMsg").Coupons;
    }

    private string TokenOf(string user, string kind = Tokens.Seller) => _tokens.GetOrAdd(user, _ => _mint.Mint(user, kind));

    private static IReadOnlyList<string> NewCustomers(int count) => [.. Enumerable.Range(0, count).Select(_ => Names.Fresh("customer"))];

    private static Task EachAsync<T>(IEnumerable<T> items, Func<T, Task> action) =>
        Parallel.ForEachAsync(items, new ParallelOptions { MaxDegreeOfParallelism = AtOnce }, async (item, _) => await action(item));
}
