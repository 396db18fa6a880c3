using System.Diagnostics;
using System.Net.Sockets;
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

    /// <summary>Creates a coupon, on sale from a time on if one is given.</summary>
    public Task CreateAsync(string token, string seller, string name, int units, DateTimeOffset? startsAt, CancellationToken stop) => DecidedAsync(
        $"create the coupon {name}",
        () => startsAt is { } start
            ? _api.PostAsync(
                ApiClient.CouponsOf(seller),
                new { name, amount = units, stock = 5, description = "made by a load test", startsAt = start.ToUnixTimeMilliseconds() }, token)
            : _api.CreateAsync(token, seller, name, units, description: "made by a load test"),
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
