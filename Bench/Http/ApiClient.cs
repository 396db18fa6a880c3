using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Serialization;

namespace SecKill.Bench.Http;

/// <summary>A coupon as a list shows it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Amount">Units in all; in a seller's list.</param>
/// <param name="Left">Units left; in a seller's list.</param>
internal sealed record ListedCoupon(
    [property: JsonPropertyName("name")] string Name,
    [property: JsonPropertyName("amount")] long? Amount,
    [property: JsonPropertyName("left")] long? Left);

/// <summary>The documented API, for set-up and checks: convenient rather than cheap.</summary>
internal sealed class ApiClient(Target target) : IDisposable
{
    private static readonly TimeSpan _timeout = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan _longestPause = TimeSpan.FromSeconds(5);
    private readonly HttpClient _http = new(new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false }) { Timeout = TimeSpan.FromSeconds(30) };

    /// <summary>The path of a user's coupons.</summary>
    public static string CouponsOf(string user) => $"/api/users/{Uri.EscapeDataString(user)}/coupons";

    /// <summary>The path of a coupon.</summary>
    public static string CouponOf(string seller, string name) => $"{CouponsOf(seller)}/{Uri.EscapeDataString(name)}";

    /// <summary>Registers a user and logs in; the token.</summary>
    public async Task<string> RegisterAsync(string username, string kind, CancellationToken stop)
    {
        // The password is not needed after this run.
        var password = Guid.NewGuid().ToString("N");
        using (await ExpectAsync(HttpMethod.Post, "/api/users", null, new { username, password, kind }, $"register {username}", HttpStatusCode.Created, stop))
        {
        }
        using var answer = await ExpectAsync(HttpMethod.Post, "/api/auth", null, new { username, password }, $"log {username} in", HttpStatusCode.OK, stop);
        return answer.Headers.TryGetValues("Authorization", out var values)
            ? values.First()
            : throw new BenchException($"{target} logged {username} in but sent no token in the header Authorization.");
    }

    /// <summary>Creates a coupon.</summary>
    public async Task CreateAsync(string token, string seller, string name, int pieces, CancellationToken stop)
    {
        var coupon = new { name, amount = pieces, stock = 5, description = "made by a load test" };
        using var answer = await ExpectAsync(HttpMethod.Post, CouponsOf(seller), token, coupon, $"create the coupon {name}", HttpStatusCode.Created, stop);
    }

    /// <summary>Claims a unit, with retries until the claim is decided.</summary>
    public async Task<(int Status, ClaimResult Result)> ClaimAsync(string token, string seller, string name, CancellationToken stop)
    {
        using var answer = await ExpectAsync(
            HttpMethod.Patch, CouponOf(seller, name), token, null, $"decide a claim of {name}", HttpStatusCode.Created, stop, HttpStatusCode.NoContent);
        return ((int)answer.StatusCode, answer.Headers.TryGetValues("Claim-Result", out var words) ? AnswerHead.ResultOf(Encoding.ASCII.GetBytes(words.First())) : ClaimResult.None);
    }

    /// <summary>All pages of a user's coupons.</summary>
    public async Task<IReadOnlyList<ListedCoupon>> ListAsync(string token, string user, CancellationToken stop)
    {
        var coupons = new List<ListedCoupon>();
        for (var page = 1; ; page++)
        {
            using var answer = await ExpectAsync(
                HttpMethod.Get, $"{CouponsOf(user)}?page={page}", token, null, $"list the coupons of {user}", HttpStatusCode.OK, stop, HttpStatusCode.NoContent);
            var list = answer.StatusCode == HttpStatusCode.NoContent ? null : await answer.Content.ReadFromJsonAsync<CouponList>(stop);
            if (list?.Data is not { Count: > 0 })
                return coupons;
            // A server without pages would return the same rows for ever.
            if (coupons.Count > 0 && coupons.Exists(coupon => coupon.Name == list.Data[0].Name))
                return coupons;
            coupons.AddRange(list.Data);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    /// <summary>Asks, retrying on 503 and 429, until an answer has one of two statuses.</summary>
    private async Task<HttpResponseMessage> ExpectAsync(
        HttpMethod method, string path, string? token, object? body, string purpose, HttpStatusCode expected, CancellationToken stop, HttpStatusCode? orElse = null)
    {
        var giveUp = DateTime.UtcNow + _timeout;
        while (true)
        {
            var answer = await SendAsync(method, path, token, body, purpose, stop);
            if (answer.StatusCode == expected || answer.StatusCode == orElse)
                return answer;
            using (answer)
            {
                if (answer.StatusCode is not (HttpStatusCode.ServiceUnavailable or HttpStatusCode.TooManyRequests) || DateTime.UtcNow > giveUp)
                    throw new BenchException($"{target} would not {purpose}: {(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync(stop)}{HintFor(answer, token)}");
                var pause = answer.Headers.RetryAfter?.Delta ?? TimeSpan.FromMilliseconds(200);
                await Task.Delay(pause < _longestPause ? pause : _longestPause, stop);
            }
        }
    }

    private async Task<HttpResponseMessage> SendAsync(
        HttpMethod method, string path, string? token, object? body, string purpose, CancellationToken stop)
    {
        using var request = new HttpRequestMessage(method, new Uri(target.Url, target.BasePath + path));
        if (body is not null)
            request.Content = JsonContent.Create(body);
        if (token is not null)
            request.Headers.TryAddWithoutValidation("Authorization", token);
        try
        {
            return await _http.SendAsync(request, stop);
        }
        catch (Exception fault) when (fault is HttpRequestException or IOException or SocketException or OperationCanceledException && !stop.IsCancellationRequested)
        {
            throw new BenchException($"Cannot {purpose} at {target}: {fault.Message}");
        }
    }

    private static string HintFor(HttpResponseMessage answer, string? token) =>
        answer.StatusCode == HttpStatusCode.Unauthorized && token is not null ? " Is the signing key the server's, and are issuer and audience?" : "";

    private sealed record CouponList([property: JsonPropertyName("data")] IReadOnlyList<ListedCoupon>? Data);
}
