using System.Text;
using SecKill.Bench.Http;
using SecKill.Bench.Load;
using SecKill.Bench.Scenarios;
using SecKill.Bench.Tokens;
using SecKill.Tests.LocalServers.Api;

namespace SecKill.Bench.Scaling;

/// <summary>A seller with a growing number of coupons, and a record of every answer. Thread-safe.</summary>
internal sealed class ScaledSale : IDisposable
{
    private const int CreatedAtOnce = 8;
    // One coupon in this many is scarce: it sells out during the run, and later claims must get sold-out.
    private const int ScarceEvery = 4;

    private readonly Target _target;
    private readonly RetryingClient _api;
    private readonly string _token;
    private readonly int _scarceUnits;
    private volatile CouponOnSale[] _coupons = [];

    /// <summary>Starts with nothing on sale.</summary>
    public ScaledSale(Target target, TokenTerms terms, int scarceUnits)
    {
        var run = Random.Shared.GetString("abcdefghijklmnopqrstuvwxyz0123456789", 7);
        Seller = $"seller-{run}";
        Prefix = $"u{run}-";
        (_target, _api, _scarceUnits) = (target, new RetryingClient(target), scarceUnits);
        _token = TokenMint.Mint(terms, TokenMint.Seller, Seller);
        Crowd = new MintedCrowd(terms, Prefix);
    }

    public string Seller { get; }

    /// <summary>What customers' names begin with; a number follows.</summary>
    public string Prefix { get; }

    /// <summary>The customers.</summary>
    public Crowd Crowd { get; }

    /// <summary>The coupons on sale.</summary>
    public IReadOnlyList<CouponOnSale> Coupons => _coupons;

    /// <summary>Judges the answers.</summary>
    public Judge Judge { get; } = new();

    /// <summary>Puts more coupons on sale.</summary>
    /// <exception cref="BenchException">The server refuses.</exception>
    public async Task AddCouponsAsync(int count, CancellationToken stop)
    {
        var first = _coupons.Length;
        var added = Enumerable.Range(first, count).Select(number =>
        {
            var name = Stage.CouponName(number);
            return new CouponOnSale(name, number % ScarceEvery == ScarceEvery - 1 ? _scarceUnits : ScenarioOptions.Plenty)
            {
                ClaimHead = RequestBuffer.HeadOf(_target, "PATCH", ApiClient.CouponOf(Seller, name)),
            };
        }).ToArray();
        await Parallel.ForEachAsync(added, new ParallelOptions { MaxDegreeOfParallelism = CreatedAtOnce, CancellationToken = stop },
            async (coupon, cancel) => await _api.CreateAsync(_token, Seller, coupon.Name, coupon.Units, terms: null, cancel));
        _coupons = [.. _coupons, .. added];
    }

    /// <summary>The seller's list.</summary>
    /// <exception cref="BenchException">The server refuses.</exception>
    public Task<IReadOnlyList<CouponRow>> ListAsync(CancellationToken stop) => _api.ListAsync(_token, Seller, stop);

    /// <summary>Repeats an undecided claim.</summary>
    /// <exception cref="BenchException">It cannot be decided.</exception>
    public async Task SettleAsync(Attempt attempt, CancellationToken stop)
    {
        var sent = attempt with { Sent = Clock.Now };
        var (status, result) = await _api.ClaimAsync(Crowd.TokenOf(attempt.User), Seller, attempt.Coupon.Name, stop);
        Judge.Hears(sent, new HttpReply(status, result is null ? ClaimResult.None : ClaimResults.Read(Encoding.ASCII.GetBytes(result)), 0, default));
    }

    public void Dispose() => Crowd.Dispose();
}
