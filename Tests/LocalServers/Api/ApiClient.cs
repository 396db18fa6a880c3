using System.Net.Http.Headers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace SecKill.Tests.LocalServers.Api;

/// <summary>The six documented routes of one gateway, as a plain client calls them.</summary>
/// <param name="http">Overrides the usual client.</param>
public sealed class ApiClient(Uri gateway, HttpClient? http = null)
{
    public const string Users = "/api/users";
    public const string Auth = "/api/auth";
    public const string AuthLogout = "/api/auth/logout";

    private static readonly TimeSpan _timeout = TimeSpan.FromSeconds(60);

    // Names go over the wire as UTF-8, as most clients send them, not as \u escapes.
    private static readonly JsonSerializerOptions _json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public Task<Answer> RegisterAsync(string username, string password, string kind) =>
        PostAsync(Users, new { username, password, kind });

    public Task<Answer> LogInAsync(string username, string password) => PostAsync(Auth, new { username, password });

    public Task<Answer> LogOutAsync(string? token) => SendAsync(HttpMethod.Post, AuthLogout, token);

    public Task<Answer> CreateAsync(string? token, string seller, string name, int amount, int stock = 5, string? description = "") =>
        PostAsync(CouponsOf(seller), new { name, amount, stock, description }, token);

    public Task<Answer> ListAsync(string? token, string username, object? page = null) =>
        SendAsync(HttpMethod.Get, CouponsOf(username) + (page is null ? "" : $"?page={page}"), token);

    public Task<Answer> ClaimAsync(string? token, string seller, string name, TimeSpan? givesUpAfter = null) =>
        SendAsync(HttpMethod.Patch, CouponOf(seller, name), token, givesUpAfter: givesUpAfter);

    public static string CouponsOf(string username) => $"{Users}/{Uri.EscapeDataString(username)}/coupons";

    public static string CouponOf(string seller, string name) => $"{CouponsOf(seller)}/{Uri.EscapeDataString(name)}";

    public Task<Answer> PostAsync(string path, object body, string? token = null) =>
        PostTextAsync(path, JsonSerializer.Serialize(body, _json), token);

    public Task<Answer> PostTextAsync(string path, string body, string? token = null) =>
        PostBytesAsync(path, Encoding.UTF8.GetBytes(body), token);

    public Task<Answer> PostBytesAsync(string path, byte[] body, string? token = null)
    {
        var content = new ByteArrayContent(body);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        return SendAsync(HttpMethod.Post, path, token, content);
    }

    /// <summary>Sends the request unchanged, even with a malformed header.</summary>
    public async Task<Answer> SendAsync(
        HttpMethod method, string path, string? authorization = null, HttpContent? content = null, Action<HttpRequestMessage>? adjust = null,
        TimeSpan? givesUpAfter = null)
    {
        using var request = new HttpRequestMessage(method, Loopback.Exactly(gateway, path)) { Content = content };
        if (authorization is not null)
            request.Headers.TryAddWithoutValidation("Authorization", authorization);
        adjust?.Invoke(request);
        using var limit = new CancellationTokenSource(givesUpAfter ?? _timeout);
        using var response = await (http ?? Loopback.Http).SendAsync(request, limit.Token);
        return await Answer.ReadAsync(request, response);
    }
}
