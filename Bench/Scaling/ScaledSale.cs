using SecKill.Bench.Http;
using SecKill.Bench.Load;
using SecKill.Bench.Scenarios;
using SecKill.Bench.Tokens;

namespace SecKill.Bench.Scaling;

/// <summary>A seller whose coupons become more while they sell, and the memory of every answer that was given. For any thread.</summary>
internal sealed class ScaledSale : IDisposable
{
    private const int CreatedAtOnce = 8;
    // One of so many is scarce: it sells out on the way, and whoever claims it then must be told so.
    private const int ScarceEvery = 4;

    private readonly Target _target;
    private readonly ApiClient _api;
    private readonly string _token;
    private readonly int _scarcePieces;
    private volatile CouponOnSale[] _coupons = [];
    private long _known;

    /// <summary>Nothing is on sale yet.</summary>
    public ScaledSale(Target target, TokenTerms terms, int scarcePieces)
    {
        var run = Random.Shared.GetString("abcdefghijklmnopqrstuvwxyz0123456789", 7);
        Seller = $"seller-{run}";
        Prefix = $"u{run}-";
        (_target, _api, _scarcePieces) = (target, new ApiClient(target), scarcePieces);
        _token = TokenMint.Mint(terms, TokenMint.Seller, Seller);
        Crowd = new MintedCrowd(terms, Prefix);
    }

    /// <summary>Who sells.</summary>
    public string Seller { get; }

    /// <summary>What customers' names begin with; a number follows.</summary>
    public string Prefix { get; }

    /// <summary>Who buys.</summary>
    public Crowd Crowd { get; }

    /// <summary>What is on sale by now.</summary>
    public IReadOnlyList<CouponOnSale> Coupons => _coupons;

    /// <summary>Answers that must not have been.</summary>
    public Violations Lies { get; } = new();

    /// <summary>Claims that were decided, and told.</summary>
    public long Decided => Volatile.Read(ref _known);

    /// <summary>Puts more coupons on sale.</summary>
    /// <exception cref="BenchException">The server refuses.</exception>
    public async Task AddCouponsAsync(int count, CancellationToken stop)
    {
        var first = _coupons.Length;
        var added = Enumerable.Range(first, count).Select(number =>
        {
            var name = Stage.CouponName(number);
            return new CouponOnSale(name, number % ScarceEvery == ScarceEvery - 1 ? _scarcePieces : ScenarioOptions.Plenty)
            {
                ClaimHead = RequestBuffer.HeadOf(_target, "PATCH", ApiClient.CouponOf(Seller, name)),
            };
        }).ToArray();
        await Parallel.ForEachAsync(added, new ParallelOptions { MaxDegreeOfParallelism = CreatedAtOnce, CancellationToken = stop },
            async (coupon, cancel) => await _api.CreateAsync(_token, Seller, coupon.Name, coupon.Pieces, cancel));
        _coupons = [.. _coupons, .. added];
    }

    /// <summary>What the seller's list shows as left, by coupon.</summary>
    /// <exception cref="BenchException">The server refuses.</exception>
    public async Task<IReadOnlyDictionary<string, long>> ListLeftAsync(CancellationToken stop) =>
        (await _api.ListAsync(_token, Seller, stop)).ToDictionary(coupon => coupon.Name, coupon => coupon.Left ?? -1);

    /// <summary>Claims once more what was not decided.</summary>
    /// <exception cref="BenchException">It cannot be decided.</exception>
    public async Task SettleAsync(Attempt attempt, CancellationToken stop)
    {
        var (status, result) = await _api.ClaimAsync(Crowd.TokenOf(attempt.User), Seller, attempt.Coupon.Name, stop);
        Judge(attempt with { Tries = attempt.Tries + 1 }, status, result);
    }

    /// <summary>Takes note of an answer, and tells whether the claim is decided.</summary>
    /// <param name="attempt">What was claimed.</param>
    /// <param name="status">The HTTP status.</param>
    /// <param name="result">Of the claim.</param>
    public bool Judge(in Attempt attempt, int status, ClaimResult result)
    {
        if (status == 503)
            return false;
        Lies.CountChecked();
        Interlocked.Increment(ref _known);
        var (coupon, user) = (attempt.Coupon, attempt.User);
        coupon.LastDecided = Clock.Now;
        switch (status, result)
        {
            case (201, ClaimResult.Claimed):
                if (!coupon.TryAddOwner(user))
                    Lies.Add($"{coupon.Name}: user {user} was told twice that he won");
                break;
            case (204, ClaimResult.AlreadyClaimed):
                // He may own it from an earlier try, whose answer did not come; else he must have been told before.
                if (coupon.TryAddOwner(user) && attempt.Tries == 0)
                    Lies.Add($"{coupon.Name}: user {user} was told that he owns it, at his first claim");
                break;
            case (204, ClaimResult.SoldOut):
                coupon.CountRefused();
                if (coupon.IsOwner(user))
                    Lies.Add($"{coupon.Name}: user {user}, who owns it, was told that it is sold out");
                break;
            default:
                Lies.Add($"{coupon.Name}: {status} with Claim-Result {result}");
                break;
        }
        return true;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Crowd.Dispose();
        _api.Dispose();
    }
}

/// <summary>One customer's claim.</summary>
/// <param name="Coupon">What is claimed.</param>
/// <param name="User">By whom.</param>
/// <param name="Tries">How often it was tried without being decided.</param>
internal readonly record struct Attempt(CouponOnSale Coupon, long User, int Tries);
