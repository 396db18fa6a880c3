using SecKill.Bench;
using SecKill.Bench.Http;
using SecKill.Bench.Tokens;
using SecKill.Tests.LocalServers.Api;

namespace SecKill.Research.Compare.Contenders;

/// <summary>The seller of a sale, over the API of one contender.</summary>
internal sealed class Seller(Uri address, MeasuredSale sale, TokenTerms terms)
{
    private const int PageLength = 20;
    private const int CallsAtOnce = 16;

    private readonly RetryingClient _client = new(Target.Parse(address.OriginalString));
    // The textbook server reads nothing but bearer tokens.
    private readonly string _token = $"Bearer {TokenMint.Mint(terms, TokenMint.Seller, sale.Name)}";

    /// <summary>Registers the seller: coupons of unknown users cannot be listed.</summary>
    public Task RegisterAsync(CancellationToken stop) => _client.RegisterAsync(sale.Name, TokenMint.Seller, stop);

    /// <summary>Creates all coupons of the sale, in order if they fit on one page.</summary>
    public Task CreateCouponsAsync(CancellationToken stop) => Parallel.ForEachAsync(
        sale.Coupons,
        new ParallelOptions { MaxDegreeOfParallelism = sale.Scenario.Coupons <= PageLength ? 1 : CallsAtOnce, CancellationToken = stop },
        async (coupon, cancel) => await _client.CreateAsync(_token, sale.Name, coupon, sale.Scenario.Units, terms: null, cancel));

    /// <summary>The first page of the list, byte by byte.</summary>
    /// <exception cref="BenchException">There is none.</exception>
    public async Task<string> ListingAsync()
    {
        var answer = await new ApiClient(address).ListAsync(_token, sale.Name);
        return answer.Status == 200 ? answer.Body : throw new BenchException($"{answer}");
    }

    /// <summary>Units of all coupons that are sold.</summary>
    public async Task<long> SoldAsync(CancellationToken stop) =>
        (await _client.ListAsync(_token, sale.Name, stop)).Sum(coupon => (long)(coupon.Amount! - coupon.Left!));
}
