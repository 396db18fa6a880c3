using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace SecKill.Tests.Integration.Bench;

/// <summary>
/// A small in-memory server of the API that answers falsely on demand: a load tool that does not notice is broken. It accepts every
/// token.
/// </summary>
public sealed class PretendServer : IAsyncDisposable
{
    private const int PageSize = 20;
    private readonly ConcurrentDictionary<string, int> _amounts = new();
    private readonly List<(string Coupon, string User)> _claims = [];
    private readonly List<(string Coupon, string User)> _waiting = [];
    private readonly WebApplication _app = NewApp();
    private string _seller = "";
    private int _claimRequests;

    /// <summary>Any will do.</summary>
    public byte[] SigningKey { get; } = RandomNumberGenerator.GetBytes(32);

    /// <summary>Its address.</summary>
    public string Url => _app.Services.GetRequiredService<Microsoft.AspNetCore.Hosting.Server.IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();

    /// <summary>Claims it has got so far.</summary>
    public int ClaimRequests => Volatile.Read(ref _claimRequests);

    /// <summary>What it shows as left, given what is.</summary>
    public Func<int, int> LeftShown { get; init; } = left => left;

    /// <summary>Whether it sells more units than exist.</summary>
    public bool IsOverselling { get; init; }

    /// <summary>Whether it keeps customers' lists from them.</summary>
    public bool IsHidingLists { get; init; }

    /// <summary>Whether it answers those in line as if they were not.</summary>
    public bool IsForgettingLine { get; init; }

    /// <summary>Runs before the claim of this number (from 1) is decided. False: it has answered itself.</summary>
    public Func<HttpContext, int, Task<bool>> BeforeClaim { get; init; } = (_, _) => Task.FromResult(true);

    /// <summary>Starts it; honest, unless told otherwise.</summary>
    public async Task<PretendServer> StartAsync()
    {
        _app.Run(AnswerAsync);
        await _app.StartAsync();
        return this;
    }

    public async ValueTask DisposeAsync()
    {
        // Connections of a tool that is gone are nothing to wait for.
        using var atOnce = new CancellationTokenSource(0);
        await _app.StopAsync(atOnce.Token);
        await _app.DisposeAsync();
    }

    private static WebApplication NewApp()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var app = builder.Build();
        app.Urls.Add("http://127.0.0.1:0");
        return app;
    }

    private Task AnswerAsync(HttpContext context)
    {
        var path = context.Request.Path.Value!.Split('/', StringSplitOptions.RemoveEmptyEntries);
        return (context.Request.Method, path.Length) switch
        {
            ("POST", 2) => WelcomeAsync(context, path[1]),
            ("POST", 4) => CreateAsync(context, path[2]),
            ("GET", 4) => ListAsync(context, path[2]),
            ("PATCH", 5) => ClaimAsync(context, path[4]),
            ("PUT" or "GET", 7) => WaitAsync(context, path[4], path[6]),
            ("GET", 6) => context.Response.WriteAsJsonAsync(new { errMsg = "", data = path[5] == "report" ? ReportOf(path[4]) : ClaimsOf(path[4], context) }),
            _ => RefuseAsync(context),
        };
    }

    /// <summary>Accepts every registration and log-in.</summary>
    private async Task WelcomeAsync(HttpContext context, string route)
    {
        var body = (await JsonNode.ParseAsync(context.Request.Body))!;
        context.Response.StatusCode = route == "users" ? 201 : 200;
        if (route == "auth")
            context.Response.Headers.Authorization = new Tokens(SigningKey).Mint(body["username"]!.GetValue<string>(), Tokens.Seller);
        await context.Response.WriteAsJsonAsync(new { errMsg = "" });
    }

    private static Task RefuseAsync(HttpContext context)
    {
        context.Response.StatusCode = 404;
        return Task.CompletedTask;
    }

    private async Task CreateAsync(HttpContext context, string seller)
    {
        var coupon = (await JsonNode.ParseAsync(context.Request.Body))!;
        _seller = seller;
        _amounts[coupon["name"]!.GetValue<string>()] = coupon["amount"]!.GetValue<int>();
        context.Response.StatusCode = 201;
        await context.Response.WriteAsJsonAsync(new { errMsg = "" });
    }

    private async Task ClaimAsync(HttpContext context, string coupon)
    {
        if (!await BeforeClaim(context, Interlocked.Increment(ref _claimRequests)))
            return;
        var user = Tokens.Payload(context.Request.Headers.Authorization.ToString())["username"]!.GetValue<string>();
        string result;
        lock (_claims)
        {
            var isFree = IsOverselling || _claims.Count(claim => claim.Coupon == coupon) < _amounts[coupon];
            result = _claims.Contains((coupon, user)) ? "already-claimed" : isFree ? "claimed" : _waiting.Contains((coupon, user)) && !IsForgettingLine ? "waiting" : "sold-out";
            if (result == "claimed")
                _claims.Add((coupon, user));
        }
        context.Response.Headers["Claim-Result"] = result;
        context.Response.StatusCode = result == "claimed" ? 201 : 204;
        if (result == "claimed")
            await context.Response.WriteAsJsonAsync(new { errMsg = "" });
    }

    /// <summary>Puts a customer in line, where it stays, and tells the place.</summary>
    private Task WaitAsync(HttpContext context, string coupon, string user)
    {
        int place;
        lock (_claims)
        {
            if (!_waiting.Contains((coupon, user)))
            {
                _waiting.Add((coupon, user));
                context.Response.StatusCode = 201;
            }
            place = _waiting.IndexOf((coupon, user)) + 1;
        }
        return context.Response.WriteAsJsonAsync(new { errMsg = "", data = new { position = place, of = _waiting.Count } });
    }

    private object ReportOf(string coupon)
    {
        lock (_claims)
            return new { settled = true, left = _amounts[coupon] - _claims.Count(claim => claim.Coupon == coupon), waiting = _waiting.Count(one => one.Coupon == coupon) };
    }

    private object[] ClaimsOf(string coupon, HttpContext context)
    {
        var after = int.Parse(context.Request.Query["after"].ToString());
        lock (_claims)
        {
            return [.. _claims.Where(claim => claim.Coupon == coupon).Select((claim, i) => (claim.User, Seq: i + 1)).Where(claim => claim.Seq > after).Take(1_000)
                .Select(claim => new { seq = claim.Seq, customer = claim.User, state = "claimed" })];
        }
    }

    private Task ListAsync(HttpContext context, string user)
    {
        object[] rows;
        lock (_claims)
        {
            rows = user == _seller
                ? [.. _amounts.OrderBy(coupon => coupon.Key).Select(coupon => new { name = coupon.Key, amount = coupon.Value, left = LeftShown(coupon.Value - _claims.Count(claim => claim.Coupon == coupon.Key)) })]
                : IsHidingLists ? [] : [.. _claims.Where(claim => claim.User == user).Select(claim => new { name = claim.Coupon })];
        }
        var page = Math.Max(1, int.Parse(context.Request.Query["page"].FirstOrDefault() ?? "1"));
        rows = [.. rows.Skip((page - 1) * PageSize).Take(PageSize)];
        if (rows.Length > 0)
            return context.Response.WriteAsJsonAsync(new { errMsg = "", data = rows });
        context.Response.StatusCode = 204;
        return Task.CompletedTask;
    }
}
