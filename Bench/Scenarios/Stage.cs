using System.Text;
using SecKill.Bench.Http;
using SecKill.Bench.Load;
using SecKill.Bench.Tokens;
using SecKill.Tests.LocalServers.Api;

namespace SecKill.Bench.Scenarios;

/// <summary>Gateways, a seller, coupons on sale and a crowd of customers. All names are unique to this run.</summary>
internal sealed class Stage : IDisposable
{
    // The server hashes passwords on half of its processors and refuses requests that wait too long.
    private const int RegisteringAtOnce = 4;
    private const int CreatingAtOnce = 8;
    private readonly byte[][][] _claimHeads;

    private Stage(IReadOnlyList<Target> targets, RetryingClient api, SignedInUser seller, Crowd crowd, CouponBook book)
    {
        (Targets, Api, Seller, Crowd, Book) = (targets, api, seller, crowd, book);
        _claimHeads = [.. targets.Select(target => book.Entries
            .Select(coupon => RequestBuffer.HeadOf(target, "PATCH", ApiClient.CouponOf(seller.Name, coupon.Name))).ToArray())];
    }

    /// <summary>The gateways.</summary>
    public IReadOnlyList<Target> Targets { get; }

    /// <summary>The first gateway, for set-up and checks.</summary>
    public RetryingClient Api { get; }

    public SignedInUser Seller { get; }

    /// <summary>The customers.</summary>
    public Crowd Crowd { get; }

    /// <summary>The answers about the coupons.</summary>
    public CouponBook Book { get; }

    public static string CouponName(int coupon) => $"coupon-{coupon:D4}";

    /// <summary>Sets everything up.</summary>
    /// <param name="options">What is asked for.</param>
    /// <param name="isSellerRegistered">Whether the seller has an account: listing another user's coupons needs one.</param>
    /// <param name="progress">Gets the progress.</param>
    /// <param name="stop">Gives up.</param>
    /// <exception cref="BenchException">The server cannot be reached or refuses.</exception>
    public static async Task<Stage> SetUpAsync(ScenarioOptions options, bool isSellerRegistered, IProgress<RunProgress> progress, CancellationToken stop)
    {
        var targets = options.Urls.Select(Target.Parse).ToList();
        foreach (var target in targets)
            await target.FindAsync(stop);
        var api = new RetryingClient(targets[0]);
        var run = Random.Shared.GetString("abcdefghijklmnopqrstuvwxyz0123456789", 7);

        var seller = $"seller-{run}";
        var token = options.Tokens is null || isSellerRegistered
            ? await api.RegisterAsync(seller, TokenMint.Seller, stop)
            : TokenMint.Mint(options.Tokens, TokenMint.Seller, seller);
        var names = Enumerable.Range(0, options.Coupons).Select(CouponName).ToList();
        await ForEachAsync(names, CreatingAtOnce, "creating coupons", "coupons", progress,
            name => api.CreateAsync(token, seller, name, options.Units, TermsOf(options), stop), stop);

        Crowd crowd = options.Tokens is null
            ? new RegisteredCrowd(await RegisterAsync(api, options.Users, $"u{run}-", progress, stop))
            : new MintedCrowd(options.Tokens, $"u{run}-");
        return new Stage(targets, api, new SignedInUser(seller, token), crowd, new CouponBook(names, options.Units));
    }

    public byte[] ClaimHead(int connection, int coupon) => _claimHeads[connection % Targets.Count][coupon];

    /// <summary>The head of a request for a page of a user's list, for a connection.</summary>
    public byte[] ListHead(int connection, string user, int page) =>
        RequestBuffer.HeadOf(Targets[connection % Targets.Count], "GET", $"{ApiClient.CouponsOf(user)}?page={page}");

    /// <summary>Makes the request of a till, for a connection, which redeems a unit by the code of its receipt; a repeat has the first answer.</summary>
    public void WriteRedemption(int connection, string code, RequestBuffer request)
    {
        var body = Encoding.ASCII.GetBytes($$"""{"code":"{{code}}","device":"till {{connection}}"}""");
        request.Begin(RequestBuffer.HeadOf(Targets[connection % Targets.Count], $"{ApiClient.Users}/{Seller.Name}/redemptions", body.Length, key: code));
        request.End(Encoding.ASCII.GetBytes(Seller.Token));
        request.Add(body);
    }

    public void Dispose() => Crowd.Dispose();

    private static CouponTerms? TermsOf(ScenarioOptions options) => options is { StartsIn: null, HasReturns: false, Waitlist: 0 }
        ? null
        : new CouponTerms(options.StartsIn is { } startsIn ? DateTimeOffset.UtcNow + startsIn : null, options.HasReturns, options.Waitlist);

    private static async Task<SignedInUser[]> RegisterAsync(RetryingClient api, int count, string prefix, IProgress<RunProgress> progress, CancellationToken stop)
    {
        var accounts = new SignedInUser[count];
        await ForEachAsync(Enumerable.Range(0, count), RegisteringAtOnce, "registering users (slow: a password is costly by intent)", "users", progress,
            async user =>
            {
                var name = TokenMint.NameOf(prefix, user);
                accounts[user] = new SignedInUser(name, await api.RegisterAsync(name, TokenMint.Customer, stop));
            }, stop);
        return accounts;
    }

    private static Task ForEachAsync<T>(
        IEnumerable<T> items, int atOnce, string phase, string unit, IProgress<RunProgress> progress, Func<T, Task> action, CancellationToken stop)
    {
        var all = items.ToList();
        var done = 0;
        return Parallel.ForEachAsync(all, new ParallelOptions { MaxDegreeOfParallelism = atOnce, CancellationToken = stop }, async (item, _) =>
        {
            await action(item);
            progress.Report(new RunProgress(phase, Interlocked.Increment(ref done), all.Count, unit));
        });
    }
}
