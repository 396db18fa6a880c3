using System.Security.Claims;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.IdentityModel.Tokens;

namespace SecKill.Research.Baselines;

/// <summary>
/// The flash sale of the textbooks: minimal API, JwtBearer as it comes, one script a request over StackExchange.Redis. No
/// batching, no record in SQL, no log-outs, no recovery; its Redis keeps nothing. It answers as the product does.
/// </summary>
internal static class TextbookServer
{
    private const string User = "username";

    /// <summary>Serves on loopback until told to stop.</summary>
    public static async Task RunAsync(int port, byte[] signingKey, string redis, CancellationToken stop)
    {
        var builder = WebApplication.CreateBuilder();
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        builder.WebHost.UseUrls($"http://127.0.0.1:{port}");
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.AddServerHeader = false);
        builder.Services.AddAuthentication(JwtBearerDefaults.AuthenticationScheme).AddJwtBearer(bearer =>
        {
            bearer.MapInboundClaims = false;
            bearer.TokenValidationParameters = new TokenValidationParameters
            {
                IssuerSigningKey = new SymmetricSecurityKey(signingKey),
                ValidIssuer = "seckill",
                ValidAudience = "seckill",
                NameClaimType = User,
            };
        });
        builder.Services.AddAuthorization();
        await using var stock = await TextbookStock.ConnectAsync(redis);
        builder.Services.AddSingleton(stock);

        await using var app = builder.Build();
        app.UseAuthentication();
        app.UseAuthorization();
        MapCoupons(app.MapGroup("/api/users/{user}/coupons").RequireAuthorization());
        await app.StartAsync(stop);
        await Stopped.WhenAsync(stop);
        await app.StopAsync(CancellationToken.None);
    }

    private static void MapCoupons(RouteGroupBuilder coupons)
    {
        coupons.MapPost("", async (string user, NewCoupon coupon, TextbookStock stock) =>
        {
            await stock.CreateAsync(user, coupon);
            return Results.Json(new Done(""), statusCode: StatusCodes.Status201Created);
        });
        coupons.MapGet("", async (string user, TextbookStock stock) =>
            await stock.ListAsync(user) is { Count: > 0 } data ? Results.Json(new Listed("", data)) : Results.NoContent());
        coupons.MapPatch("{name}", async (string user, string name, ClaimsPrincipal caller, HttpContext context, TextbookStock stock) =>
        {
            var result = await stock.ClaimAsync(user, name, caller.FindFirstValue(User)!);
            context.Response.Headers["Claim-Result"] = result;
            return result == TextbookStock.Claimed
                ? Results.Json(new Done(""), statusCode: StatusCodes.Status201Created)
                : Results.NoContent();
        });
    }

    private sealed record Done([property: JsonPropertyName("errMsg")] string ErrMsg);

    private sealed record Listed(
        [property: JsonPropertyName("errMsg")] string ErrMsg,
        [property: JsonPropertyName("data")] IReadOnlyList<ListedCoupon> Data);
}
