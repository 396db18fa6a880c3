using System.Diagnostics;
using System.Net.Sockets;
using System.Text.Json;
using SecKill.Tests.LocalServers.Api;

namespace SecKill.Bench.Http;

/// <summary>The documented API, for set-up and checks: tries again until a request is decided. Convenient rather than cheap.</summary>
internal sealed class RetryingClient(Target target)
{
    private static readonly TimeSpan _timeout = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan _usualPause = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan _longestPause = TimeSpan.FromSeconds(5);

    private readonly ApiClient _api = new(new Uri(target.Url.OriginalString.TrimEnd('/')));

    /// <summary>Registers a user and logs in; the token.</summary>
    public async Task<string> RegisterAsync(string username, string kind, CancellationToken stop)
    {
        // The password is not needed after this run.
        var password = Guid.NewGuid().ToString("N");
        await DecidedAsync($"register {username}", () => _api.RegisterAsync(username, password, kind), [201], stop);
        var answer = await DecidedAsync($"log {username} in", () => _api.LogInAsync(username, password), [200], stop);
        return answer.Token ?? throw new BenchException($"{target} logged {username} in but sent no token in the header Authorization.");
    }

    /// <summary>Creates a coupon.</summary>
    /// <param name="terms">What it has besides; null for nothing.</param>
    public Task CreateAsync(string token, string seller, string name, int units, CouponTerms? terms, CancellationToken stop) => DecidedAsync(
        $"create the coupon {name}",
        () => terms is null
            ? _api.CreateAsync(token, seller, name, units, description: "made by a load test")
            : _api.PostAsync(
                ApiClient.CouponsOf(seller),
                new
                {
                    name,
                    amount = units,
                    stock = 5,
                    description = "made by a load test",
                    startsAt = terms.StartsAt?.ToUnixTimeMilliseconds(),
                    returns = terms.HasReturns ? "once" : null,
                    waitlist = terms.Waitlist > 0 ? terms.Waitlist : (int?)null,
                }, token),
        [201], stop);

    /// <summary>Claims a unit.</summary>
    public async Task<(int Status, string? Result)> ClaimAsync(string token, string seller, string name, CancellationToken stop)
    {
        var answer = await DecidedAsync($"decide a claim of {name}", () => _api.ClaimAsync(token, seller, name), [201, 204], stop);
        return (answer.Status, answer.ClaimResult);
    }

    /// <summary>All pages of a user's coupons.</summary>
    /// <exception cref="BenchException">A page cannot be read.</exception>
    public async Task<IReadOnlyList<CouponRow>> ListAsync(string token, string user, CancellationToken stop)
    {
        var coupons = new List<CouponRow>();
        for (var page = 1; ; page++)
        {
            var rows = RowsOf(await DecidedAsync($"list the coupons of {user}", () => _api.ListAsync(token, user, page), [200, 204], stop));
            // A server without pages would return the same rows for ever.
            if (rows.Count == 0 || coupons.Exists(coupon => coupon.Name == rows[0].Name))
                return coupons;
            coupons.AddRange(rows);
        }
    }

    /// <summary>The code of an owner's receipt.</summary>
    public async Task<string> CodeAsync(string token, string customer, string seller, string name, CancellationToken stop) =>
        DataOf(await DecidedAsync(
            $"read the receipt of {customer}", () => _api.SendAsync(HttpMethod.Get, $"{ApiClient.CouponOf(seller, name)}/claims/{customer}/receipt", token), [200], stop)).GetProperty("code").GetString()!;

    /// <summary>A coupon's report.</summary>
    public async Task<JsonElement> ReportAsync(string token, string seller, string name, CancellationToken stop) =>
        DataOf(await DecidedAsync($"read the report of {name}", () => _api.SendAsync(HttpMethod.Get, $"{ApiClient.CouponOf(seller, name)}/report", token), [200], stop));

    /// <summary>A coupon's claims, each with its customer and state, as its seller exports them.</summary>
    public async Task<IReadOnlyDictionary<string, string>> ClaimsAsync(string token, string seller, string name, CancellationToken stop)
    {
        var claims = new Dictionary<string, string>();
        for (var after = 0L; ;)
        {
            var page = DataOf(await DecidedAsync(
                $"export the claims of {name}", () => _api.SendAsync(HttpMethod.Get, $"{ApiClient.CouponOf(seller, name)}/claims?after={after}&limit=1000", token), [200], stop));
            if (page.GetArrayLength() == 0)
                return claims;
            foreach (var row in page.EnumerateArray())
            {
                claims.Add(row.GetProperty("customer").GetString()!, row.GetProperty("state").GetString()!);
                after = row.GetProperty("seq").GetInt64();
            }
        }
    }

    private JsonElement DataOf(Answer answer) =>
        answer.Json is { } json && json.TryGetProperty("data", out var data) ? data : throw new BenchException($"{target} answered without data: {answer}");

    private IReadOnlyList<CouponRow> RowsOf(Answer page)
    {
        try
        {
            return page.Status == 204 || page.Json is { } json && json.TryGetProperty("data", out _)
                ? page.Coupons
                : throw new BenchException($"{target} answered a list that is none: {page}");
        }
        catch (Exception fault) when (fault is InvalidOperationException or KeyNotFoundException or FormatException)
        {
            throw new BenchException($"{target} answered a list that is none: {page}");
        }
    }

    /// <summary>Asks, again after a 503 or 429, until an answer has one of some statuses.</summary>
    /// <exception cref="BenchException">It has another one, or there is none in time.</exception>
    private async Task<Answer> DecidedAsync(string purpose, Func<Task<Answer>> ask, int[] statuses, CancellationToken stop)
    {
        for (var began = Stopwatch.GetTimestamp(); ;)
        {
            var answer = await AskAsync(purpose, ask, stop);
            if (statuses.Contains(answer.Status))
                return answer;
            if (answer.Status is not (503 or 429) || Stopwatch.GetElapsedTime(began) > _timeout)
                throw new BenchException($"{target} would not {purpose}: {answer.Status} {answer.Body}{(answer.Status == 401 ? " Is the signing key the server's, and are issuer and audience?" : "")}");
            var pause = answer.Headers.RetryAfter?.Delta ?? _usualPause;
            await Task.Delay(pause < _longestPause ? pause : _longestPause, stop);
        }
    }

    private async Task<Answer> AskAsync(string purpose, Func<Task<Answer>> ask, CancellationToken stop)
    {
        try
        {
            return await ask().WaitAsync(stop);
        }
        catch (Exception fault) when (fault is HttpRequestException or IOException or SocketException or OperationCanceledException && !stop.IsCancellationRequested)
        {
            throw new BenchException($"Cannot {purpose} at {target}: {fault.Message}");
        }
    }
}

/// <summary>What a coupon has besides its units.</summary>
/// <param name="StartsAt">When it goes on sale; null for at once.</param>
/// <param name="HasReturns">Whether owners may give their unit back.</param>
/// <param name="Waitlist">How many may wait for a unit.</param>
internal sealed record CouponTerms(DateTimeOffset? StartsAt, bool HasReturns, int Waitlist);
