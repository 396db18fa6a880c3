namespace SecKill.Tests.Faults.Drills;

/// <summary>Many coupons and customers, with a few bytes of record per claim. No faults.</summary>
internal sealed class Bazaar
{
    private const int AtOnce = 64;
    private const int ListsChecked = 2_000;

    private readonly Deployment _deployment;
    private readonly Random _random;
    private readonly ApiClient[] _gateways;
    private readonly Tokens _mint;
    private readonly string _seller = Names.Fresh("bazaar");
    private readonly string[] _tokens;
    private readonly CouponRecord[] _coupons;
    private readonly Findings _answers = new("answers", "true by all that was answered before");
    private int _undecided;

    public Bazaar(Deployment deployment, int seed, int coupons, int users)
    {
        _deployment = deployment;
        _random = new Random(seed);
        _gateways = [.. deployment.Gateways.Select(gateway => new ApiClient(gateway))];
        _mint = new Tokens(deployment.SigningKey);
        _tokens = new string[users];
        // Demand exceeds the units of some coupons, not of others.
        _coupons = [.. Enumerable.Range(0, coupons).Select(i => new CouponRecord($"{i}", _random.Next(40, 120)))];
    }

    public long Decided => _answers.Checked;

    public int Undecided => Volatile.Read(ref _undecided);

    public long Wins => _coupons.Sum(coupon => coupon.Outcome.Won);

    public async Task OpenAsync()
    {
        var token = _mint.Mint(_seller, Tokens.Seller);
        await EachAsync(_coupons, async coupon => Assert.Equal(
            201, (await _gateways[coupon.Units % _gateways.Length].CreateAsync(token, _seller, coupon.Name, coupon.Units)).Status));
    }

    /// <summary>Claims, of which some are for what the same customer has claimed before. Each customer has one claim under way.</summary>
    public async Task ClaimAsync(int count, double again, Action progress)
    {
        var plan = new (int Coupon, int User)[count];
        for (var i = 0; i < count; i++)
            plan[i] = i > 0 && _random.NextDouble() < again ? plan[_random.Next(i)] : (_random.Next(_coupons.Length), _random.Next(_tokens.Length));
        foreach (var part in plan.Chunk(count / 20))
        {
            await EachAsync(part.GroupBy(claim => claim.User), async claims =>
            {
                foreach (var (coupon, user) in claims)
                    await ClaimAsync(_coupons[coupon], user);
            });
            progress();
        }
    }

    /// <summary>No answer was false, each coupon has min(units, demand) wins, and lists show them.</summary>
    public async Task CheckAsync()
    {
        Check.Passes(_answers.Result("so of all"));
        Check.Passes(Findings.Of("wins", "as many as units or claims", _coupons, coupon => coupon.Name, coupon => SaleJudge.Wins(coupon.Outcome)).Result("so of all coupons"));
        var lists = new Findings("lists", "what was won");
        var owned = _coupons.SelectMany(coupon => coupon.Owners.Select(user => (user, coupon.Name))).ToLookup(pair => pair.user, pair => pair.Name);
        await EachAsync(Enumerable.Range(0, ListsChecked).Select(_ => _random.Next(_tokens.Length)).Distinct().ToArray(), async user =>
        {
            var answer = await _gateways[user % _gateways.Length].ListAsync(TokenOf(user), NameOf(user));
            lists.Add(NameOf(user), SaleJudge.Names(owned[user], [.. answer.Coupons.Select(coupon => coupon.Name)]));
        });
        Check.Passes(lists.Result("so of all customers"));
    }

    public async Task<CheckResult> JudgeLedgerAsync()
    {
        var rows = await _deployment.LedgerCouponsAsync();
        return Findings.Of(
            "ledger", "every owner once, and what is left", _coupons, coupon => coupon.Name,
            coupon => SaleJudge.Ledger(coupon.Outcome, coupon.Owners.Select(NameOf), rows.GetValueOrDefault((_seller, coupon.Name)))).Result("so of all coupons");
    }

    private async Task ClaimAsync(CouponRecord coupon, int user)
    {
        for (long? undecidedSince = null; ;)
        {
            var sent = Stopwatch.GetTimestamp();
            var answer = await _gateways[(coupon.Units + user) % _gateways.Length].ClaimAsync(TokenOf(user), _seller, coupon.Name);
            if (ClaimJudge.MeaningOf(answer.Status, answer.ClaimResult, answer.Headers.RetryAfter is not null) is not { } heard)
            {
                _answers.Add($"{answer}");
                return;
            }
            if (heard != Heard.Unknown)
            {
                _answers.CountChecked();
                if (coupon.Hear(user, heard, sent, undecidedSince) is { } lie)
                    _answers.Add($"{answer}: {NameOf(user)} {lie}");
                return;
            }
            undecidedSince ??= sent;
            Interlocked.Increment(ref _undecided);
            await Task.Delay(Sale.RetryAfter, TestContext.Current.CancellationToken);
        }
    }

    private static string NameOf(long user) => $"u{user}";

    private string TokenOf(int user) => _tokens[user] ??= _mint.Mint(NameOf(user), Tokens.Customer);

    private static Task EachAsync<T>(IEnumerable<T> items, Func<T, Task> action) =>
        Parallel.ForEachAsync(items, new ParallelOptions { MaxDegreeOfParallelism = AtOnce }, async (item, _) => await action(item));
}
