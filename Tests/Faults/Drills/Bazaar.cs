using System.Collections.Concurrent;
using SecKill.Tests.LocalServers.Api;
using SecKill.Tests.LocalServers.Deployments;
using SecKill.Tests.LocalServers.Sales;
using Xunit;

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
    private readonly int[] _amounts;
    private readonly ConcurrentDictionary<(int Coupon, int User), bool> _told = new();
    private readonly ConcurrentBag<string> _lies = [];
    private int _decided;
    private int _undecided;

    public Bazaar(Deployment deployment, int seed, int coupons, int users)
    {
        _deployment = deployment;
        _random = new Random(seed);
        _gateways = [.. deployment.Gateways.Select(gateway => new ApiClient(gateway))];
        _mint = new Tokens(deployment.SigningKey);
        _tokens = new string[users];
        // Demand exceeds the units of some coupons, not of others.
        _amounts = [.. Enumerable.Range(0, coupons).Select(_ => _random.Next(40, 120))];
    }

    public int Decided => Volatile.Read(ref _decided);

    public int Undecided => Volatile.Read(ref _undecided);

    public int Wins => _told.Count(one => one.Value);

    public async Task OpenAsync()
    {
        var token = _mint.Mint(_seller, Tokens.Seller);
        await EachAsync(Enumerable.Range(0, _amounts.Length), async coupon => Assert.Equal(
            201, (await _gateways[coupon % _gateways.Length].CreateAsync(token, _seller, $"{coupon}", _amounts[coupon])).Status));
    }

    /// <summary>Claims, of which some are for what the same customer has claimed before.</summary>
    public async Task ClaimAsync(int count, double again, Action progress)
    {
        var plan = new (int Coupon, int User)[count];
        for (var i = 0; i < count; i++)
            plan[i] = i > 0 && _random.NextDouble() < again ? plan[_random.Next(i)] : (_random.Next(_amounts.Length), _random.Next(_tokens.Length));
        foreach (var part in plan.Chunk(count / 20))
        {
            await EachAsync(part, ClaimAsync);
            progress();
        }
    }

    /// <summary>Each coupon has min(units, demand) wins, and lists show them.</summary>
    public async Task CheckAsync()
    {
        Assert.Empty(_lies);
        var (wanted, won) = (new int[_amounts.Length], new int[_amounts.Length]);
        foreach (var (pair, isWinner) in _told)
        {
            wanted[pair.Coupon]++;
            won[pair.Coupon] += isWinner ? 1 : 0;
        }
        Assert.All(Enumerable.Range(0, _amounts.Length), coupon => Assert.Equal((coupon, Math.Min(_amounts[coupon], wanted[coupon])), (coupon, won[coupon])));
        var lists = _told.Where(one => one.Value).Select(one => one.Key).ToLookup(pair => pair.User, pair => $"{pair.Coupon}");
        await EachAsync(Enumerable.Range(0, ListsChecked).Select(_ => _random.Next(_tokens.Length)).Distinct().ToArray(), async user =>
        {
            var answer = await _gateways[user % _gateways.Length].ListAsync(TokenOf(user), $"u{user}");
            Assert.Equal(lists[user].Order(), answer.Coupons.Select(coupon => coupon.Name).Order());
        });
    }

    public async Task<(int Missing, int TooMany, int WrongLeft)> LedgerDifferenceAsync()
    {
        var ledger = (await _deployment.LedgerClaimsAsync()).Where(row => row.Seller == _seller).Select(row => (row.Coupon, row.Username)).ToList();
        var promised = _told.Where(one => one.Value).Select(one => ($"{one.Key.Coupon}", $"u{one.Key.User}")).ToHashSet();
        var left = await _deployment.LedgerLeftAsync(_seller);
        var rows = ledger.CountBy(row => row.Coupon).ToDictionary();
        var wrongLeft = left.Count(coupon => coupon.Value != _amounts[int.Parse(coupon.Key)] - rows.GetValueOrDefault(coupon.Key));
        return (promised.Except(ledger).Count(), ledger.Count - ledger.Distinct().Count(promised.Contains), wrongLeft);
    }

    private async Task ClaimAsync((int Coupon, int User) claim)
    {
        while (true)
        {
            var answer = await _gateways[(claim.Coupon + claim.User) % _gateways.Length].ClaimAsync(TokenOf(claim.User), _seller, $"{claim.Coupon}");
            switch (answer.Status, answer.ClaimResult)
            {
                case (201, "claimed"):
                    if (!_told.TryAdd(claim, true) && !_told.TryUpdate(claim, true, false))
                        _lies.Add($"won twice: {answer}");
                    break;
                case (204, "already-claimed"):
                    // The first claim's answer may still be on its way.
                    _told.TryAdd(claim, false);
                    break;
                case (204, "sold-out"):
                    if (_told.TryGetValue(claim, out var hasWon) && hasWon)
                        _lies.Add($"sold out for an owner: {answer}");
                    _told.TryAdd(claim, false);
                    break;
                case (503, _):
                    Interlocked.Increment(ref _undecided);
                    await Task.Delay(Sale.RetryAfter, TestContext.Current.CancellationToken);
                    continue;
                default:
                    _lies.Add($"{answer}");
                    break;
            }
            Interlocked.Increment(ref _decided);
            return;
        }
    }

    private string TokenOf(int user) => _tokens[user] ??= _mint.Mint($"u{user}", Tokens.Customer);

    private static Task EachAsync<T>(IEnumerable<T> items, Func<T, Task> action) =>
        Parallel.ForEachAsync(items, new ParallelOptions { MaxDegreeOfParallelism = AtOnce }, async (item, _) => await action(item));
}
