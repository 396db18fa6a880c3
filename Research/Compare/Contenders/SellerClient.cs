using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using SecKill.Bench;
using SecKill.Bench.Tokens;

namespace SecKill.Research.Compare.Contenders;

/// <summary>The seller of a sale, over the API.</summary>
internal sealed class SellerClient : IDisposable
{
    private const int PageLength = 20;
    private const int CallsAtOnce = 16;

    private readonly HttpClient _http;
    private readonly Sale _sale;

    public SellerClient(Uri address, Sale sale, TokenTerms terms)
    {
        _sale = sale;
        _http = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = address };
        _http.DefaultRequestHeaders.TryAddWithoutValidation("Authorization", $"Bearer {TokenMint.Mint(terms, TokenMint.Seller, sale.Seller)}");
    }

    private string Coupons => $"/api/users/{_sale.Seller}/coupons";

    /// <summary>Registers the seller, whose coupons could not be listed else.</summary>
    public async Task RegisterAsync(CancellationToken stop)
    {
        using var answer = await _http.PostAsJsonAsync("/api/users", new { username = _sale.Seller, password = "bench", kind = "saler" }, stop);
        await ExpectAsync(answer, HttpStatusCode.Created, stop);
    }

    /// <summary>Creates all coupons of the sale, in order where there is but a page of them.</summary>
    public Task CreateCouponsAsync(CancellationToken stop) =>
        Parallel.ForEachAsync(
            _sale.Coupons,
            new ParallelOptions { MaxDegreeOfParallelism = _sale.Scenario.Coupons <= PageLength ? 1 : CallsAtOnce, CancellationToken = stop },
            async (name, token) =>
            {
                var coupon = new { name, amount = _sale.Scenario.Pieces, stock = 20, description = $"{name}, until it is gone" };
                using var answer = await _http.PostAsJsonAsync(Coupons, coupon, token);
                await ExpectAsync(answer, HttpStatusCode.Created, token);
            });

    /// <summary>The answer to a listing of the first page, byte by byte.</summary>
    public async Task<string> ListingAsync(CancellationToken stop)
    {
        using var answer = await _http.GetAsync(new Uri(Coupons, UriKind.Relative), stop);
        await ExpectAsync(answer, HttpStatusCode.OK, stop);
        return await answer.Content.ReadAsStringAsync(stop);
    }

    /// <summary>Units of all coupons that are no longer there.</summary>
    public async Task<long> SoldAsync(CancellationToken stop)
    {
        var sold = 0L;
        for (var page = 1; ; page++)
        {
            using var answer = await _http.GetAsync(new Uri($"{Coupons}?page={page}", UriKind.Relative), stop);
            if (answer.StatusCode == HttpStatusCode.NoContent)
                return sold;
            await ExpectAsync(answer, HttpStatusCode.OK, stop);
            var coupons = (await answer.Content.ReadFromJsonAsync<JsonObject>(stop))!["data"]!.AsArray();
            sold += coupons.Sum(coupon => (int)coupon!["amount"]! - (int)coupon["left"]!);
        }
    }

    public void Dispose() => _http.Dispose();

    private static async Task ExpectAsync(HttpResponseMessage answer, HttpStatusCode expected, CancellationToken stop)
    {
        if (answer.StatusCode != expected)
        {
            throw new BenchException(
                $"{answer.RequestMessage!.Method} {answer.RequestMessage.RequestUri} was answered {(int)answer.StatusCode}: {await answer.Content.ReadAsStringAsync(stop)}");
        }
    }
}
